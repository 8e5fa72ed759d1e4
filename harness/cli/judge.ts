/**
 * What `check` does with one file, from its bytes to the answer, whatever a stranger may have put into them.
 *
 * The surprise: what a failed compare-and-set and a read of nil mean depends on where the log came from. In Jepsen's etcd
 * logs (as Porcupine reads them) the former saw another value; in Knossos' histories it did not happen, and the latter is
 * not known. The format decides, and `--model` overrules it.
 */
import { linearizable } from '../../checkers/linearizable.ts';
import { HarnessError } from '../core/errors.ts';
import { type History, type Json, type Operation, unknownNode } from '../core/types.ts';
import { type Checker, type Validity, type Verdict, worst } from '../core/verdict.ts';
import { flawsOf, scenarioOf } from '../run/circumstances.ts';
import { detectFormat, type Format, readForeign } from '../run/formats/detect.ts';
import { refuseDeepJson } from '../run/formats/json-survey.ts';
import { type Source, sourceOf } from '../run/formats/source.ts';
import { parseHistory } from '../run/store.ts';
import { answer, modelNames, modelOf } from './levels.ts';
import type { Registry } from './registry.ts';

export interface Ask {
  /** One of `modelNames`; where absent, what the format, the header or the operations say. */
  readonly model?: string;
  /** One of `levelNames`; where absent, the strongest of the model. */
  readonly consistency?: string;
  readonly format?: Format;
  readonly initial?: Json;
  /** Every value of the file is `[key value]`. */
  readonly independent?: boolean;
  readonly certificate?: boolean;
}

export interface Judged {
  readonly file: string;
  readonly format: Format;
  /** What was checked against, where it was one model. */
  readonly model?: string;
  readonly verdict: Validity;
  readonly because: string;
  /** The strongest levels of consistency that nothing in the history rules out. */
  readonly holds?: readonly string[];
  readonly verdicts: readonly Verdict[];
  /** A last line of ours that was cut off and left out. */
  readonly torn?: string;
}

/**
 * @param registry is asked for only if the history is ours, whose patterns name their checkers.
 * @throws HarnessError (`bad-input`) that names file and line, for a file that is not wholly a history.
 */
export async function judge(
  bytes: Uint8Array,
  file: string,
  ask: Ask,
  registry: () => Promise<Registry>,
): Promise<Judged> {
  const { history, format, note, torn } = readAny(bytes, file, ask);
  const about = { file, format, ...(torn === undefined ? {} : { torn }) };
  if (note !== undefined) return { ...about, verdict: 'unknown', because: `${note}.`, verdicts: [] };
  if (format === 'pitchpole' && ask.model === undefined && ask.consistency === undefined) {
    const verdicts = checkersOf(history, await registry()).map((checker) => checker.check(history));
    const verdict = worst(verdicts.map(({ valid }) => valid));
    return { ...about, verdict, because: verdicts.find(({ valid }) => valid === verdict)?.summary ?? '', verdicts };
  }
  const model = ask.model ?? modelOf(format, history);
  if (model === undefined) {
    const actions = [...new Set(history.operations.map(({ action }) => action))].slice(0, 10).join(', ');
    throw new HarnessError({
      code: 'bad-input',
      message: `${file}: nothing says what ${actions} act on.`,
      hint: `Give --model one of ${modelNames.join(', ')}.`,
    });
  }
  return { ...about, model, ...answer(asKnossos(history, format, ask), { ...ask, model }) };
}

/** A history of any format, and what is to be said of it. */
export interface Read {
  readonly history: History;
  readonly format: Format;
  /** Why there is nothing to judge. */
  readonly note?: string;
  readonly torn?: string;
}

/** @throws HarnessError (`bad-input`) that names file and line. */
export function readAny(bytes: Uint8Array, file: string, ask: Pick<Ask, 'format' | 'independent'>): Read {
  const source = sourceOf(bytes, file);
  const format = ask.format ?? formatOf(source, file);
  if (format === 'pitchpole') {
    if (source.kind !== 'text') throw notOurs(file);
    refuseDeepJson(source.text, file);
    return { format, ...parseHistory(source.text, file) };
  }
  const { independent = false } = ask;
  const { operations, note, timeless } = readForeign(source, format, file, { independent });
  return { format, history: historyOf(operations, file, timeless === true), ...(note === undefined ? {} : { note }) };
}

const formatOf = (source: Source, file: string): Format =>
  source.kind === 'text' ? detectFormat(source.text, file) : source.kind;

const notOurs = (file: string): HarnessError =>
  new HarnessError({
    code: 'bad-input',
    message: `${file} is binary, and a history of pitchpole is JSON lines.`,
    hint: 'Leave out --format, and it is read as what it is.',
  });

/** A read of nil is a read of which nothing is known (Knossos, `model.clj`). */
function asKnossos(history: History, format: Format, { model }: Ask): History {
  if ((format !== 'edn' && format !== 'json') || model !== undefined) return history;
  const saysNothing = ({ action, completion }: Operation): boolean =>
    action === 'read' && completion.type === 'ok' && completion.output === null;
  const operations = history.operations.map(
    (operation): Operation =>
      saysNothing(operation) ? { ...operation, completion: { type: 'info', error: 'a read of nil' } } : operation,
  );
  return { ...history, operations };
}

/** What its pattern checks, where the header names a pattern we know; else its workload's checkers; else its model. */
function checkersOf({ header }: History, registry: Registry): readonly Checker[] {
  const pattern = registry.targets[header.target]?.patterns.find(({ id }) => id === header.pattern);
  const flaws = pattern === undefined ? [] : flawsOf(pattern);
  const flaw = flaws.find(({ name }) => name === header.flaw) ?? flaws[0];
  const scenario = flaw === undefined ? undefined : scenarioOf(flaw, header.world);
  const own = registry.workloads[header.workload]?.checkers(scenario?.workloadOptions ?? {});
  return own === undefined ? [linearizable()] : [...own, ...(scenario?.checkers ?? [])];
}

function historyOf(operations: readonly Operation[], file: string, timeless: boolean): History {
  return {
    header: {
      pitchpole: 1,
      target: file,
      world: 'sim',
      seed: 0,
      variant: {},
      nodes: [...new Set(operations.map(({ node }) => node))].filter((node) => node !== unknownNode),
      concurrency: new Set(operations.map(({ process }) => process)).size,
      workload: 'unknown',
      schedule: [],
      ...(timeless ? { facts: { timeless } } : {}),
    },
    operations,
    faults: [],
    observations: [],
    events: [],
    messages: [],
    endedAt: operations.reduce((latest, { calledAt, returnedAt }) => Math.max(latest, returnedAt ?? calledAt), 0),
    complete: true,
  };
}
