/**
 * Random schedules on containers, each by a process of its own; one in ten is killed (SIGKILL) at a random moment. After
 * each, nothing of it may be left on this machine: no container, network, volume, loop device, process, mount or rule.
 * `npm run bench:soak -- [--runs 500] [--seed 1] [--from 0]`; to go on with one that was stopped, give its seed and how many
 * it had done.
 *
 * The one surprise: a controller may die before it has started its fault agent. Then nobody heals, because nothing was
 * struck yet, and the next run sweeps; so do we, and count how often that was.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom, type Random } from '../harness/core/random.ts';
import { connectEngine, type Engine, requireEngine } from '../harness/docker/engine.ts';
import { findLeavings, sweep } from '../harness/docker/sweep.ts';
import { leavingsOf } from '../harness/docker/testing/leavings.ts';
import { tracesOf } from '../harness/docker/testing/traces.ts';

/** What `soak/controller.ts` says of a run that it has brought to its end. */
export interface SoakedRun {
  readonly weather: string;
  readonly valid: string;
  readonly struck: number;
  readonly skipped: readonly string[];
  readonly doubts: readonly string[];
}

export interface Soaked {
  /** Its id; undefined where it was killed before it had made anything. */
  readonly run: string | undefined;
  readonly killed: boolean;
  /** Absent where it was killed. */
  readonly result?: SoakedRun;
  /** What was there when everything should have been gone. */
  readonly left: readonly string[];
  /** The next run's sweep had to do it. */
  readonly swept: boolean;
  /** Milliseconds from its end until nothing was left. */
  readonly goneAfter: number;
}

/** How long a dead controller's agent may take: the silence that it waits for, the heals, the removal. */
const goneWithinMs = 30_000;
/** Longer than a run, so that some are killed in every part of it, and a few not at all. */
const killWithinMs = 14_000;

const program = fileURLToPath(new URL('./soak/controller.ts', import.meta.url));

/** One schedule, and what it left. */
export async function soak(engine: Engine, seed: number, kill: number | undefined): Promise<Soaked> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = [collect(child.stdout), collect(child.stderr)];
  let over = false;
  const ended = once(child, 'exit').then(() => {
    over = true;
  });
  let run: string | undefined;
  const began = performance.now();
  let killed = false;
  while (!over) {
    // What it makes is found by its owner's label; what it leaves must be found by its own name.
    run ??= await runOf(engine, child.pid);
    if (!killed && kill !== undefined && performance.now() - began > kill) killed = child.kill('SIGKILL');
    await Promise.race([ended, sleep(100)]);
  }
  run ??= await runOf(engine, child.pid);
  const died = performance.now();
  const remains = async (): Promise<string[]> =>
    run === undefined ? [] : [...(await leavingsOf(engine, run)), ...(await tracesOf(run))];
  let left = await remains();
  let swept = false;
  while (left.length > 0 && performance.now() - died < goneWithinMs) {
    await sleep(250);
    if (killed && (await isDead(engine, run))) {
      await sweep(engine);
      swept = true;
    }
    left = await remains();
  }
  const goneAfter = performance.now() - died;
  const last = out().trim().split('\n').at(-1) ?? '';
  if (!killed && !last.startsWith('{')) {
    throw new Error(`seed ${seed}: the controller ended by itself: ${err().trim().split('\n').slice(-5).join(' | ')}`);
  }
  return {
    ...{ run, killed, left, swept, goneAfter },
    ...(killed ? {} : { result: JSON.parse(last) as SoakedRun }),
  };
}

async function runOf(engine: Engine, pid: number | undefined): Promise<string | undefined> {
  const all = await findLeavings(engine);
  return all.find(({ owner }) => owner.includes(`:${pid}:`))?.run;
}

const isDead = async (engine: Engine, run: string | undefined): Promise<boolean> =>
  (await findLeavings(engine)).some((leaving) => leaving.run === run && leaving.state === 'dead');

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

/** Every tenth is killed, at a moment that the seed draws. */
export const killMoment = (random: Random, number: number): number | undefined =>
  number % 10 === 5 ? 500 + random.split(`kill:${number}`).unit() * killWithinMs : undefined;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
    },
  });
  const [runs, seed, from] = [Number(values.runs), Number(values.seed), Number(values.from)];
  const engine = connectEngine();
  const { version } = await requireEngine(engine);
  const random = createRandom(seed);
  console.log(`${runs} random schedules on containers, Docker ${version}, seed ${seed}`);
  const began = performance.now();
  const total = { done: 0, killed: 0, swept: 0, struck: 0, doubtful: 0, dirty: 0 };
  const verdicts = new Map<string, number>();
  for (let number = from; number < runs; number++) {
    const soaked = await soak(engine, seed * 1_000_000 + number, killMoment(random, number));
    const { run = 'nothing made', result, left, killed, swept, goneAfter } = soaked;
    total.done++;
    total.killed += Number(killed);
    total.swept += Number(swept);
    total.struck += result?.struck ?? 0;
    total.doubtful += Number((result?.doubts.length ?? 0) > 0);
    total.dirty += Number(left.length > 0);
    if (result !== undefined) verdicts.set(result.valid, (verdicts.get(result.valid) ?? 0) + 1);
    const how = killed
      ? `killed, gone after ${(goneAfter / 1000).toFixed(1)} s`
      : `${result?.weather}, ${result?.struck} faults, ${result?.skipped.length} skipped, ${result?.valid}`;
    console.log(
      `${number + 1}/${runs} ${run}: ${how}${swept ? ', swept' : ''}${left.length === 0 ? '' : `; LEFT: ${left.join(', ')}`}`,
    );
    for (const doubt of result?.doubts ?? []) console.log(`    doubt: ${doubt}`);
  }
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  const { done, killed, swept, struck, doubtful, dirty } = total;
  console.log(
    `${done} schedules in ${minutes} min: ${struck} faults struck, ${killed} controllers killed (${swept} of them swept by the next), ` +
      `${doubtful} runs with a doubt, verdicts ${[...verdicts].map(([name, count]) => `${name} ${count}`).join(', ')}; ` +
      `${dirty === 0 ? 'nothing was left behind' : `${dirty} left something behind`}`,
  );
  process.exitCode = dirty === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
