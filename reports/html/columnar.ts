/**
 * A page as text: operations as columns, because gzip likes like beside like (10 000 operations: about 130 KB as
 * base64, a third of what rows take). Read again by the browser, so nothing of Node is used here.
 */
import type { Completion, History, Json, Nanos, Operation } from '../../harness/core/types.ts';
import type { FindingPage, FlawPage } from '../model.ts';
import type { RunPage } from '../run-page.ts';

interface Columns {
  readonly index: readonly number[];
  readonly process: readonly number[];
  readonly node: readonly number[];
  readonly action: readonly number[];
  /** -1 where there is none. */
  readonly key: readonly number[];
  readonly input: readonly Json[];
  /** Differences from one call to the next. */
  readonly called: readonly Nanos[];
  /** -1 where the operation was still open. */
  readonly took: readonly Nanos[];
  /** `o`, `f` or `i` for each. */
  readonly types: string;
  /** Output or error. */
  readonly results: readonly Json[];
  /** A failed operation's output, by place in the columns. */
  readonly failedOutputs: readonly (readonly [number, Json])[];
  /** `m`, `f` or `-` for each. */
  readonly phases: string;
  readonly words: readonly string[];
}

type Packed<T> = Omit<T, 'history'> & {
  readonly history?: Omit<History, 'operations'> & { readonly columns: Columns };
};
type PackedFlaw = Omit<FlawPage, 'flawed' | 'fixed' | 'shrunk'> & {
  readonly flawed?: Packed<RunPage>;
  readonly fixed?: Packed<RunPage>;
  readonly shrunk?: Packed<RunPage>;
};
type PackedPage = Omit<FindingPage, 'flaws'> & { readonly flaws: readonly PackedFlaw[] };

export const pack = (page: FindingPage): string =>
  JSON.stringify({
    ...page,
    flaws: page.flaws.map((flaw) => ({
      ...flaw,
      flawed: packRun(flaw.flawed),
      fixed: packRun(flaw.fixed),
      shrunk: packRun(flaw.shrunk),
    })),
  });

export function unpack(text: string): FindingPage {
  const page = JSON.parse(text) as PackedPage;
  return {
    ...page,
    flaws: page.flaws.map(({ flawed, fixed, shrunk, ...flaw }) => ({
      ...flaw,
      ...(flawed === undefined ? {} : { flawed: unpackRun(flawed) }),
      ...(fixed === undefined ? {} : { fixed: unpackRun(fixed) }),
      ...(shrunk === undefined ? {} : { shrunk: unpackRun(shrunk) }),
    })),
  };
}

function packRun(run: RunPage | undefined): Packed<RunPage> | undefined {
  if (run === undefined) return undefined;
  const { history, ...rest } = run;
  if (history === undefined) return rest;
  const { operations, ...others } = history;
  return { ...rest, history: { ...others, columns: toColumns(operations) } };
}

function unpackRun({ history, ...rest }: Packed<RunPage>): RunPage {
  if (history === undefined) return rest;
  const { columns, ...others } = history;
  return { ...rest, history: { ...others, operations: fromColumns(columns) } };
}

export function toColumns(operations: readonly Operation[]): Columns {
  const words: string[] = [];
  const numbers = new Map<string, number>();
  const word = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, words.length);
    return words.push(text) - 1;
  };
  const failedOutputs: [number, Json][] = [];
  for (const [place, { completion }] of operations.entries()) {
    if (completion.type === 'fail' && completion.output !== undefined) failedOutputs.push([place, completion.output]);
  }
  return {
    index: operations.map(({ index }, place) => index - (operations[place - 1]?.index ?? 0)),
    process: operations.map(({ process }) => process),
    node: operations.map(({ node }) => word(node)),
    action: operations.map(({ action }) => word(action)),
    key: operations.map(({ key }) => (key === undefined ? -1 : word(key))),
    input: operations.map(({ input }) => input),
    called: operations.map(({ calledAt }, place) => calledAt - (operations[place - 1]?.calledAt ?? 0)),
    took: operations.map(({ calledAt, returnedAt }) => (returnedAt === undefined ? -1 : returnedAt - calledAt)),
    types: operations.map(({ completion }) => completion.type.charAt(0)).join(''),
    results: operations.map(({ completion }) => (completion.type === 'ok' ? completion.output : completion.error)),
    failedOutputs,
    phases: operations.map(({ phase }) => phase?.charAt(0) ?? '-').join(''),
    words,
  };
}

export function fromColumns(columns: Columns): Operation[] {
  const failed = new Map(columns.failedOutputs);
  const word = (number: number | undefined): string => columns.words[number ?? -1] ?? '';
  let index = 0;
  let calledAt = 0;
  return columns.index.map((step, place) => {
    index += step;
    calledAt += columns.called[place] ?? 0;
    const took = columns.took[place] ?? -1;
    const key = columns.key[place] ?? -1;
    const phase = columns.phases.charAt(place);
    return {
      index,
      process: columns.process[place] ?? 0,
      node: word(columns.node[place]),
      action: word(columns.action[place]),
      input: columns.input[place] ?? null,
      ...(key < 0 ? {} : { key: word(key) }),
      calledAt,
      ...(took < 0 ? {} : { returnedAt: calledAt + took }),
      completion: completionOf(columns.types.charAt(place), columns.results[place] ?? null, failed.get(place)),
      ...(phase === '-' ? {} : { phase: phase === 'm' ? ('main' as const) : ('final' as const) }),
    };
  });
}

function completionOf(type: string, result: Json, output: Json | undefined): Completion {
  if (type === 'o') return { type: 'ok', output: result };
  if (type === 'i') return { type: 'info', error: String(result) };
  return { type: 'fail', error: String(result), ...(output === undefined ? {} : { output }) };
}
