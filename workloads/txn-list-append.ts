/**
 * Transactions over several lists, which append values and read whole lists: the workload from which most can be concluded
 * about isolation, because a read tells the order of all writes before it (Kingsbury & Alvaro 2020; `elle.list-append`).
 *
 * Action: `txn`, with the input `[[f, key, value], …]`: `append` a number that is used once for its key, or `r` with null.
 * Its output is the same with what was read in place of null. ok means committed, `fail` certainly aborted.
 *
 * Options: `keys` (live at one time, 3), `writesPerKey` (32, then a fresh key takes its place), `minLength` (1) and
 * `maxLength` (4) of a transaction, `readShare` (0.5), `consistency` (what must hold: `strict-serializable`).
 */
import { transactional } from '../checkers/transactional.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { stagger, transform } from '../harness/core/generators.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import type { Json, JsonObject } from '../harness/core/types.ts';
import { finalReads, type KeyPlan, keyName } from './keys.ts';
import { numberOption, stringOption } from './options.ts';

export const txnListAppend = defineWorkload({
  name: 'txn-list-append',
  about: 'transactions that append to lists and read them, to be strict-serializable together',
  model: 'list-append',
  generator: (plan) => stagger(plan.rate, transactions(shapeOf(plan.options), keysFor(plan))),
  final: (plan) =>
    transform(
      ({ key = '', ...rest }) => ({ ...rest, action: 'txn', input: [['r', key, null]] }),
      finalReads(plan, keysFor(plan)),
    ),
  checkers: (options) => [
    transactional({
      workload: 'list-append',
      consistency: stringOption(options, 'consistency', 'strict-serializable'),
    }),
  ],
});

interface Shape {
  readonly minLength: number;
  readonly maxLength: number;
  readonly readShare: number;
}

function shapeOf(options: JsonObject): Shape {
  const minLength = numberOption(options, 'minLength', 1, 1);
  return {
    minLength,
    maxLength: numberOption(options, 'maxLength', Math.max(minLength, 4), minLength),
    readShare: numberOption(options, 'readShare', 0.5),
  };
}

/** `operationsPerKey` are appends here: a read makes no list longer. */
function keysFor({ options, rate, duration }: WorkloadPlan): KeyPlan {
  const { minLength, maxLength, readShare } = shapeOf(options);
  const live = numberOption(options, 'keys', 3, 1);
  const operationsPerKey = numberOption(options, 'writesPerKey', 32, 1);
  const appends = ((rate * duration) / 1e9) * ((minLength + maxLength) / 2) * Math.max(0, 1 - readShare);
  return { live, operationsPerKey, total: live + Math.floor(appends / operationsPerKey) };
}

interface LiveKey {
  readonly name: string;
  /** The last value that was appended: from 1 on. */
  readonly value: number;
}

/** The transactions without their times: as many as are asked for. */
function transactions(shape: Shape, keys: KeyPlan): Generator {
  const live = Array.from({ length: keys.live }, (_, index): LiveKey => ({ name: keyName(index), value: 0 }));
  return following(shape, keys, live, keys.live);
}

function following(shape: Shape, keys: KeyPlan, before: readonly LiveKey[], madeBefore: number): Generator {
  return {
    next({ random, free }) {
      const live = [...before];
      let made = madeBefore;
      const length = random.int(shape.minLength, shape.maxLength);
      const steps = Array.from({ length }, (): Json => {
        const place = random.int(0, live.length - 1);
        const { name, value } = live[place] as LiveKey;
        if (random.chance(shape.readShare)) return ['r', name, null];
        const spent = value + 1 >= keys.operationsPerKey && made < keys.total;
        live[place] = spent ? { name: keyName(made), value: 0 } : { name, value: value + 1 };
        if (spent) made += 1;
        return ['append', name, value + 1];
      });
      return {
        kind: 'invoke',
        invocation: { action: 'txn', input: steps },
        // Any free thread, not the first: threads are bound to nodes, and all nodes must be asked.
        thread: random.pick(free),
        next: following(shape, keys, live, made),
      };
    },
  };
}
