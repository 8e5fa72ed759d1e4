/**
 * What several workers save: one history of many keys, checked in this thread (twice, for the first time is cold) and by one, two
 * and as many workers as there are processors, to which all keys are left. `npx tsc -b checkers/porcupine && npx tsx bench/workers.ts [keys] [operations of each]`.
 *
 * The surprise is that the time with one worker is the one to compare with: it has all the cost of sending and none of the gain.
 */
import { availableParallelism } from 'node:os';
import { checkOperations, type KeyValueInput, keyValue, type Operation } from 'porcupine-ts';
import { checkInWorkers } from 'porcupine-ts/workers';

const [keys = 400, each = 500] = process.argv.slice(2).map(Number);
const clients = 12;
const history = Array.from({ length: keys }, (_, key) => ofKey(`k${key}`, key + 1)).flat();
const budget = { configurations: 100_000_000 };
const model = { module: import.meta.resolve('porcupine-ts'), name: 'keyValue' };

console.log(`${history.length} operations on ${keys} keys by ${clients} clients`);
for (const name of ['in this thread', 'and again']) {
  await timed(name, async () => checkOperations(keyValue(), history, { budget }));
}
for (const workers of new Set([1, 2, availableParallelism()])) {
  await timed(`${workers} ${workers === 1 ? 'worker' : 'workers'}`, () =>
    checkInWorkers(model, history, { workers, budget, keepFree: true }),
  );
}

async function timed(name: string, work: () => Promise<{ verdict: string; configurations: number }>): Promise<void> {
  const start = performance.now();
  const { verdict, configurations } = await work();
  const milliseconds = (performance.now() - start).toFixed(0);
  console.log(`${name.padEnd(15)} ${milliseconds.padStart(7)} ms  ${verdict}, ${configurations} configurations`);
}

/** Few strings, appended again and again by many clients at once, some of them lost: a read says little about who wrote what. */
function ofKey(key: string, seed: number): Operation<KeyValueInput, string>[] {
  const random = dice(seed);
  const free = new Array<number>(clients).fill(0);
  const plans = Array.from({ length: each }, (_, i) => {
    const client = random(clients);
    const call = (free[client] as number) + random(5) + i / 1000;
    const effect = call + random(20);
    const end = effect + random(20);
    free[client] = end + 1;
    return {
      client,
      call,
      effect,
      end,
      isGet: random(12) === 0,
      value: 'aab'.slice(random(3)),
      isLost: random(10) === 0,
    };
  });
  let state = '';
  return plans
    .sort((a, b) => a.effect - b.effect)
    .map(({ client: process, call, end, isGet, value, isLost }) => {
      if (isGet) return { process, input: { action: 'get', key }, output: state, call, return: end };
      state += value;
      return { process, input: { action: 'append', key, value }, call, ...(isLost ? {} : { return: end }) };
    });
}

function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * sides);
  };
}
