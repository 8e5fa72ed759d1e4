/**
 * The histories of other projects by group: how many get the expected verdict, the cold pass (every file once), the sum of
 * the best of several warm runs, and the slowest files. Reading and parsing are not counted; laying out the history,
 * compiling the model and building the evidence are.
 */
import { checkOperations } from 'porcupine-ts';
import { samples } from '../../harness/run/formats/testing/data-set.ts';

const WARM_RUNS = 15;
/** A file that takes longer is not run as often. */
const ENOUGH_MS = 300;

interface Measured {
  readonly group: string;
  readonly file: string;
  readonly right: boolean;
  readonly operations: number;
  readonly configurations: number;
  readonly coldMs: number;
  bestMs: number;
}

/** Prints the table; false when a verdict is wrong. */
export function groups(): boolean {
  const loaded = samples().map((sample) => ({ ...sample, ...sample.load() }));
  const measured = loaded.map(({ group, file, expected, model, operations }): Measured => {
    const { ms, result } = timed(() => checkOperations(model, operations));
    const { configurations, verdict } = result;
    const right = verdict === expected;
    return { group, file, right, operations: operations.length, configurations, coldMs: ms, bestMs: ms };
  });
  loaded.forEach(({ model, operations }, i) => {
    const its = measured[i] as Measured;
    let spent = 0;
    for (let run = 0; run < WARM_RUNS && spent < ENOUGH_MS; run++) {
      const { ms } = timed(() => checkOperations(model, operations));
      spent += ms;
      its.bestMs = Math.min(its.bestMs, ms);
    }
  });
  console.log('group            files  right  operations  configurations    cold ms    warm ms  slowest, warm');
  for (const [group, its] of groupedBy(measured)) {
    const slowest = its.toSorted((a, b) => b.bestMs - a.bestMs).slice(0, 3);
    const sum = (of: (one: Measured) => number): number => its.reduce((total, one) => total + of(one), 0);
    console.log(
      [
        group.padEnd(16),
        String(its.length).padStart(5),
        String(its.filter(({ right }) => right).length).padStart(6),
        String(sum(({ operations }) => operations)).padStart(11),
        String(sum(({ configurations }) => configurations)).padStart(15),
        sum(({ coldMs }) => coldMs)
          .toFixed(1)
          .padStart(10),
        sum(({ bestMs }) => bestMs)
          .toFixed(2)
          .padStart(10),
        ` ${slowest.map(({ file, bestMs }) => `${file.split('/').at(-1)} ${bestMs.toFixed(2)}`).join(', ')}`,
      ].join(' '),
    );
  }
  const wrong = measured.filter(({ right }) => !right);
  for (const { file } of wrong) console.log(`WRONG: ${file}`);
  return wrong.length === 0;
}

function timed<T>(work: () => T): { ms: number; result: T } {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
}

function groupedBy(measured: readonly Measured[]): Map<string, Measured[]> {
  const groups = new Map<string, Measured[]>();
  for (const one of measured) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return groups;
}
