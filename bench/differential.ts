/**
 * A million random small histories of every model, judged by brute force and by porcupine-ts, and 20 000 larger ones, judged by
 * each model's own fast path and by the search: `npm run bench:differential`, or `npx tsx bench/differential.ts [small] [large]
 * [first seed]`. It ends with 1 if any two disagree.
 *
 * The surprise is how little is printed for a failure: a number. `npx tsx bench/differential.ts 1 0 <seed>` finds the history
 * again, whatever the number of processes that shared the work.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  judgeLarge,
  judgeSmall,
  largeSubjects,
  type Outcome,
  type Subject,
  smallSubjects,
} from '../checkers/porcupine/src/testing/differential.ts';

interface Order {
  readonly small: number;
  readonly large: number;
  readonly first: number;
  readonly part: number;
  readonly parts: number;
}

interface Tally {
  small: number;
  large: number;
  valid: number;
  invalid: number;
  /** Of the small: where the model decided by itself, which was then compared as well. */
  decided: number;
  /** Larger histories that the model left to the search, or the search did not finish: drawn again. */
  passed: number;
  failures: string[];
}

const REPORT_EVERY = 2_000;
/** The sign that this process is one of several. */
const PART = 'PITCHPOLE_DIFFERENTIAL_PART';

const part = process.env[PART];
if (part === undefined) await lead();
else work(JSON.parse(part) as Order, (tally) => process.send?.(tally));

async function lead(): Promise<void> {
  const [small = 1_000_000, large = 20_000, first = 0] = process.argv.slice(2).map(Number);
  const parts = Math.min(availableParallelism(), Math.max(1, small + large));
  const began = performance.now();
  const tallies: Tally[] = [];
  const failures: string[] = [];
  console.log(`${small} small and ${large} larger histories from seed ${first} on, in ${parts} processes`);
  const ended = Array.from({ length: parts }, async (_, i) => {
    const order: Order = { small, large, first, part: i, parts };
    const child = fork(fileURLToPath(import.meta.url), [], { env: { ...process.env, [PART]: JSON.stringify(order) } });
    child.on('message', (message) => {
      const tally = message as Tally;
      for (const failure of tally.failures) console.log(`\nWRONG: ${failure}`);
      failures.push(...tally.failures);
      tallies[i] = tally;
      progress();
    });
    return new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  });
  const codes = await Promise.all(ended);
  console.log(`\n${failures.length} disagreements in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  if (failures.length > 0 || codes.some((code) => code !== 0)) process.exitCode = 1;

  function progress(): void {
    const sum = (of: (tally: Tally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
    const line = [
      `${sum((one) => one.small)} small (${sum((one) => one.decided)} decided by the model too)`,
      `${sum((one) => one.large)} larger (${sum((one) => one.passed)} passed over)`,
      `${sum((one) => one.valid)} valid, ${sum((one) => one.invalid)} invalid`,
      `${((performance.now() - began) / 1000).toFixed(0)} s`,
    ].join(', ');
    if (process.stdout.isTTY) process.stdout.write(`\r${line} `);
    else console.log(line);
  }
}

function work({ small, large, first, part: own, parts }: Order, report: (tally: Tally) => void): void {
  const tally: Tally = { small: 0, large: 0, valid: 0, invalid: 0, decided: 0, passed: 0, failures: [] };
  const count = ({ verdict, isDecided, fault }: Outcome, story: () => string): void => {
    tally[verdict]++;
    if (isDecided) tally.decided++;
    if (fault !== undefined) tally.failures.push(`${fault}; ${story()}`);
  };
  const tell = (done: number): void => {
    if (done % REPORT_EVERY !== 0 && tally.failures.length === 0) return;
    report(tally);
    tally.failures = [];
  };
  const ofSmall = smallSubjects();
  for (let seed = first + own; seed < first + small; seed += parts) {
    const { subject, of } = pick(ofSmall, seed);
    const operations = subject.source.small(of);
    count(judgeSmall(subject, operations), () => `small, seed ${seed}, ${subject.name}: ${JSON.stringify(operations)}`);
    tally.small++;
    if (tally.small % 20 === 0 || tally.failures.length > 0) tell(tally.small);
  }
  const ofLarge = largeSubjects();
  for (let seed = first + own; tally.large < Math.ceil((large - own) / parts); seed += parts) {
    const { subject, of } = pick(ofLarge, seed);
    const operations = subject.source.large(of);
    const outcome = judgeLarge(subject, operations);
    if (outcome?.isCompared) {
      count(outcome, () => `larger, seed ${seed}, ${subject.name}: ${JSON.stringify(operations)}`);
      tally.large++;
      tell(tally.large);
    } else {
      tally.passed++;
    }
  }
  report(tally);
}

function pick(subjects: readonly Subject[], seed: number): { subject: Subject; of: number } {
  return { subject: subjects[seed % subjects.length] as Subject, of: Math.floor(seed / subjects.length) };
}
