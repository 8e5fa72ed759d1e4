/**
 * Lists that only grow: what was acknowledged must be in every later read, once. The workload that finds data loss and
 * writes applied twice.
 *
 * Actions: `append` (input: a number that is used once in the whole run; the key names the list), `read` (output: the
 * whole list, empty where nothing was appended).
 *
 * Options: `keys` (live at one time, 2), `operationsPerKey` (100), `readShare` (0.1), `linearizable` (true: reads during
 * the load are checked too, against the list; false: only what is lost, doubled or never written counts).
 */
import { dataLoss } from '../checkers/data-loss.ts';
import { linearizable } from '../checkers/linearizable.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { stagger } from '../harness/core/generators.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import { finalReads, type KeyPlan, keyName, keysOf } from './keys.ts';
import { booleanOption, numberOption } from './options.ts';

export const append = defineWorkload({
  name: 'append',
  about: 'appends unique numbers to lists and reads them back: nothing may be lost, doubled or invented',
  model: 'append-list',
  generator: (plan) => stagger(plan.rate, growth('append', plan)),
  final: (plan) => finalReads(plan, growingKeys(plan)),
  checkers: (options) => [
    dataLoss(),
    ...(booleanOption(options, 'linearizable', true) ? [linearizable({ model: 'append-list' })] : []),
  ],
});

export const growingKeys = (plan: WorkloadPlan): KeyPlan => keysOf(plan, { live: 2, operationsPerKey: 100 });

/** Endless `append` or `add` of 1, 2, 3 … to the live keys, with reads between; without times. */
export function growth(action: 'append' | 'add', plan: WorkloadPlan): Generator {
  const keys = growingKeys(plan);
  const readShare = numberOption(plan.options, 'readShare', 0.1);
  const live = Array.from({ length: keys.live }, (_, index) => ({ name: keyName(index), used: 0 }));
  return growing({ action, readShare, keys }, live, keys.live, 1);
}

interface Growth {
  readonly action: 'append' | 'add';
  readonly readShare: number;
  readonly keys: KeyPlan;
}

function growing(
  plan: Growth,
  live: readonly { readonly name: string; readonly used: number }[],
  made: number,
  value: number,
): Generator {
  return {
    next({ random, free }) {
      const place = random.int(0, live.length - 1);
      const { name, used } = live[place] as { name: string; used: number };
      const reads = random.chance(plan.readShare);
      const spent = used + 1 >= plan.keys.operationsPerKey && made < plan.keys.total;
      const after = spent ? { name: keyName(made), used: 0 } : { name, used: used + 1 };
      return {
        kind: 'invoke',
        invocation: reads
          ? { action: 'read', input: null, key: name }
          : { action: plan.action, input: value, key: name },
        thread: random.pick(free),
        next: growing(plan, live.with(place, after), spent ? made + 1 : made, reads ? value : value + 1),
      };
    },
  };
}
