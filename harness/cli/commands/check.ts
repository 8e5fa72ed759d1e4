/**
 * `pitchpole check`: anyone's history gets a verdict. One line a file, the verdict first.
 *
 * The surprise: what a failed compare-and-set means depends on where the log came from. In Jepsen's etcd logs (as
 * Porcupine reads them) it saw another value; in Knossos' histories it did not happen. The format decides, and `--model`
 * overrules it.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Chalk } from 'chalk';
import { linearizable } from '../../../checkers/linearizable.ts';
import { models } from '../../../checkers/models.ts';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import { type History, type Json, type Operation, unknownNode } from '../../core/types.ts';
import { type Checker, type Validity, type Verdict, worst } from '../../core/verdict.ts';
import { scenarioOf } from '../../run/circumstances.ts';
import { detectFormat, type Format, readers } from '../../run/formats/detect.ts';
import type { Context } from '../context.ts';
import { flawsOf, openHouse } from '../lookup.ts';
import type { Registry } from '../registry.ts';
import { suggestion } from '../values.ts';

interface Flags {
  readonly model?: string;
  readonly format?: string;
  readonly initial?: string;
  readonly json?: boolean;
  readonly config?: string;
}

interface Judged {
  readonly file: string;
  readonly format?: Format;
  readonly verdict: Validity | 'unreadable';
  readonly because: string;
  readonly verdicts: readonly Verdict[];
}

export async function check(context: Context, files: readonly string[], flags: Flags): Promise<number> {
  const format = flags.format === undefined ? undefined : formatNamed(flags.format);
  if (flags.model !== undefined && !Object.hasOwn(models, flags.model)) throw noModel(flags.model);
  const initial = flags.initial === undefined ? undefined : jsonOf(flags.initial);
  let registry: Registry | undefined;
  const judged: Judged[] = [];
  for (const file of files) {
    try {
      const text = readText(context.folder, file);
      const found = format ?? detectFormat(text, file);
      if (found === 'pitchpole') registry ??= (await openHouse(context.folder, flags.config)).registry;
      const { history, checkers } = await prepare(text, file, found, registry, flags.model, initial, context);
      const verdicts = checkers.map((checker) => checker.check(history));
      const verdict = worst(verdicts.map(({ valid }) => valid));
      const telling = verdicts.find(({ valid }) => valid === verdict);
      judged.push({ file, format: found, verdict, because: telling?.summary ?? '', verdicts });
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      judged.push({ file, verdict: 'unreadable', because: `${error.message} ${error.hint}`, verdicts: [] });
    }
    if (!flags.json) tell(context, judged.at(-1) as Judged);
  }
  if (flags.json) context.stdout.write(`${JSON.stringify({ files: judged }, null, 2)}\n`);
  return codeOf(judged);
}

const tints = { valid: 'green', unknown: 'yellow', invalid: 'red', unreadable: 'magenta' } as const;

function tell({ stdout }: Context, { file, verdict, because }: Judged): void {
  const chalk = new Chalk({ level: stdout.colors });
  stdout.write(`${chalk[tints[verdict]](verdict.padEnd(10))} ${file}  ${chalk.dim(because)}\n`);
}

function codeOf(judged: readonly Judged[]): number {
  const has = (verdict: Judged['verdict']): boolean => judged.some((one) => one.verdict === verdict);
  if (has('unreadable')) return exitCodes['bad-input'];
  if (has('invalid')) return 1;
  return has('unknown') ? 2 : 0;
}

function readText(folder: string, file: string): string {
  try {
    return readFileSync(resolve(folder, file), 'utf8');
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'it does not exist' : code === 'EISDIR' ? 'it is a folder' : code;
    throw new HarnessError({
      code: 'bad-input',
      message: `\`${file}\` cannot be read: ${why}.`,
      hint: 'Give the path of a history.',
      cause,
    });
  }
}

async function prepare(
  text: string,
  file: string,
  format: Format,
  registry: Registry | undefined,
  asked: string | undefined,
  initial: Json | undefined,
  context: Context,
): Promise<{ history: History; checkers: readonly Checker[] }> {
  if (format === 'pitchpole') {
    const { parseHistory } = await import('../../run/store.ts');
    const { history, torn } = parseHistory(text, file);
    if (torn !== undefined) context.stderr.write(`${file}: ${torn}\n`);
    return {
      history,
      checkers: asked === undefined ? checkersOf(history, registry) : [linearizable({ model: asked })],
    };
  }
  const { operations } = readers[format](text, file);
  const model = asked ?? modelOf(format, operations);
  if (model === undefined) {
    const actions = [...new Set(operations.map(({ action }) => action))].join(', ');
    throw new HarnessError({
      code: 'bad-input',
      message: `${file}: nothing says what ${actions} act on.`,
      hint: `Give --model one of ${Object.keys(models).join(', ')}.`,
    });
  }
  const told = format === 'edn' && asked === undefined ? asKnossos(operations) : operations;
  return { history: historyOf(startWith(initial, told), file), checkers: [linearizable({ model })] };
}

/** What its pattern checks, where the header names a pattern we know; else its workload's checkers; else its model. */
function checkersOf({ header }: History, registry: Registry | undefined): readonly Checker[] {
  const pattern = registry?.targets[header.target]?.patterns.find(({ id }) => id === header.pattern);
  const flaws = pattern === undefined ? [] : flawsOf(pattern);
  const flaw = flaws.find(({ name }) => name === header.flaw) ?? flaws[0];
  const scenario = flaw === undefined ? undefined : scenarioOf(flaw, header.world);
  const own = registry?.workloads[header.workload]?.checkers(scenario?.workloadOptions ?? {});
  return own === undefined ? [linearizable()] : [...own, ...(scenario?.checkers ?? [])];
}

function modelOf(format: Format, operations: readonly Operation[]): string | undefined {
  if (format === 'jepsen-log') return 'cas-register-observed';
  if (format === 'kv-log') return 'key-value';
  const fits = (name: string): boolean => operations.every(({ action }) => models[name]?.actions.includes(action));
  return ['cas-register', 'mutex'].find(fits);
}

/** A read of nil is a read of which nothing is known (Knossos, `model.clj`). */
const asKnossos = (operations: readonly Operation[]): readonly Operation[] =>
  operations.filter(
    ({ action, completion }) => !(action === 'read' && completion.type === 'ok' && completion.output === null),
  );

/** The initial value as a write before everything else. */
function startWith(initial: Json | undefined, operations: readonly Operation[]): readonly Operation[] {
  if (initial === undefined) return operations;
  const keys = new Set(operations.map(({ key }) => key));
  const process = 1 + Math.max(0, ...operations.map((operation) => operation.process));
  const writes = [...keys].map((key, index): Operation => {
    const times = { calledAt: 2 * index - 2 * keys.size, returnedAt: 2 * index + 1 - 2 * keys.size };
    const keyed = key === undefined ? {} : { key };
    return {
      index,
      process,
      node: unknownNode,
      action: 'write',
      input: initial,
      ...keyed,
      ...times,
      completion: { type: 'ok', output: null },
    };
  });
  return [...writes, ...operations];
}

function historyOf(operations: readonly Operation[], file: string): History {
  const numbered = operations.map((operation, index) => ({ ...operation, index }));
  return {
    header: {
      pitchpole: 1,
      target: file,
      world: 'sim',
      seed: 0,
      variant: {},
      nodes: [],
      concurrency: new Set(operations.map(({ process }) => process)).size,
      workload: 'unknown',
      schedule: [],
    },
    operations: numbered,
    faults: [],
    observations: [],
    events: [],
    messages: [],
    endedAt: numbered.reduce((latest, { calledAt, returnedAt }) => Math.max(latest, returnedAt ?? calledAt), 0),
    complete: true,
  };
}

function formatNamed(name: string): Format {
  const formats: readonly Format[] = ['pitchpole', ...(Object.keys(readers) as (keyof typeof readers)[])];
  const found = formats.find((format) => format === name);
  if (found !== undefined) return found;
  const near = suggestion(name, formats);
  throw new HarnessError({
    code: 'bad-usage',
    message: `There is no format \`${name}\`.`,
    hint: near === '' ? `There are ${formats.join(', ')}.` : near,
  });
}

function noModel(name: string): HarnessError {
  const near = suggestion(name, Object.keys(models));
  return new HarnessError({
    code: 'bad-usage',
    message: `There is no model \`${name}\`.`,
    hint: near === '' ? `There are ${Object.keys(models).join(', ')}.` : near,
  });
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new HarnessError({
      code: 'bad-usage',
      message: `--initial does not take \`${text}\`.`,
      hint: 'Give a JSON value, such as 0, null or "a".',
      cause,
    });
  }
}
