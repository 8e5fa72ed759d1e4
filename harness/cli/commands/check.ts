/**
 * `pitchpole check`: anyone's history gets a verdict. One line a file, the verdict first, and then which level of
 * consistency still holds.
 *
 * The surprise: a file that cannot be read to its end gets no verdict at all, however much of it there was.
 */
import { Chalk } from 'chalk';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import type { Json } from '../../core/types.ts';
import type { Context } from '../context.ts';
import { formatNamed, readBytes } from '../files.ts';
import { type Ask, type Judged, judge } from '../judge.ts';
import { knownLevel, knownModel } from '../levels.ts';
import { openHouse } from '../lookup.ts';
import type { Registry } from '../registry.ts';

interface Flags {
  readonly model?: string;
  readonly consistency?: string;
  readonly format?: string;
  readonly initial?: string;
  readonly independent?: boolean;
  readonly certificate?: boolean;
  readonly json?: boolean;
  readonly config?: string;
}

type Told = Judged | { readonly file: string; readonly verdict: 'unreadable'; readonly because: string };

export async function check(context: Context, files: readonly string[], flags: Flags): Promise<number> {
  const ask = askOf(flags);
  let house: Promise<Registry> | undefined;
  const registry = (): Promise<Registry> => {
    house ??= openHouse(context.folder, flags.config).then((opened) => opened.registry);
    return house;
  };
  const told: Told[] = [];
  for (const file of files) {
    let one: Told;
    try {
      one = await judge(readBytes(context.folder, file), file, ask, registry);
      if (one.torn !== undefined) context.stderr.write(`${file}: ${one.torn}\n`);
    } catch (error) {
      // Only what is wrong with the file; a wrong flag is wrong for all of them.
      if (!(error instanceof HarnessError) || error.code !== 'bad-input') throw error;
      one = { file, verdict: 'unreadable', because: `${error.message} ${error.hint}` };
    }
    told.push(one);
    if (!flags.json) tell(context, one, flags.certificate === true);
  }
  if (flags.json) context.stdout.write(`${JSON.stringify({ files: told }, null, 2)}\n`);
  return codeOf(told);
}

function askOf({ model, consistency, format, initial, independent, certificate }: Flags): Ask {
  return {
    ...(model === undefined ? {} : { model: knownModel(model) }),
    ...(consistency === undefined ? {} : { consistency: knownLevel(consistency) }),
    ...(format === undefined ? {} : { format: formatNamed(format) }),
    ...(initial === undefined ? {} : { initial: jsonOf(initial) }),
    ...(independent === true ? { independent } : {}),
    ...(certificate === true ? { certificate } : {}),
  };
}

const tints = { valid: 'green', unknown: 'yellow', invalid: 'red', unreadable: 'magenta' } as const;

function tell({ stdout }: Context, one: Told, certificate: boolean): void {
  const { file, verdict, because } = one;
  const chalk = new Chalk({ level: stdout.colors });
  stdout.write(`${chalk[tints[verdict]](verdict.padEnd(10))} ${file}  ${chalk.dim(because)}\n`);
  if (certificate && 'verdicts' in one) for (const line of evidence(one)) stdout.write(`           ${line}\n`);
}

/** The evidence as text, a line an order, core or anomaly; operations by their index in the history. */
function* evidence({ verdicts }: Judged): Generator<string> {
  for (const { details, anomalies, checker } of verdicts) {
    const { orders = [], cores = [] } = ((details as Details | undefined)?.certificate ?? {}) as Evidence;
    for (const { key, operations } of orders) yield `${of(key)}in this order: ${operations.join(' ')}`;
    for (const { key, operations } of cores) yield `${of(key)}these alone have no order: ${operations.join(' ')}`;
    if (cores.length > 0) continue;
    for (const { name, because, operations } of anomalies) {
      yield `${checker}: ${name}, operations ${operations.join(' ')}: ${because}`;
    }
  }
}

type Details = { readonly certificate?: unknown };
interface Evidence {
  readonly orders?: readonly Keyed[];
  readonly cores?: readonly Keyed[];
}
interface Keyed {
  readonly key?: string;
  readonly operations: readonly number[];
}

const of = (key: string | undefined): string => (key === undefined ? '' : `${key}: `);

function codeOf(told: readonly Told[]): number {
  const has = (verdict: Told['verdict']): boolean => told.some((one) => one.verdict === verdict);
  if (has('unreadable')) return exitCodes['bad-input'];
  if (has('invalid')) return 1;
  return has('unknown') ? 2 : 0;
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
