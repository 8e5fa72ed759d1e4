/**
 * A linearizable register with compare-and-set, over several independent keys: the workload that finds stale reads, lost
 * writes and forked histories at once, because every value that is written is new and so can be told apart.
 *
 * Actions: `read` (output: the value, or null while nothing was written), `write` (input: a number), `cas` (input:
 * `[expected, replacement]`, expected may be null; ok means swapped). A cas whose expectation was wrong completes as
 * `fail` with the error `precondition`: it did not happen (Knossos' reading), and proves nothing else.
 *
 * Options: `keys` (live at one time, 3), `operationsPerKey` (100), `readShare` (0.5), `casShare` (0.25), `valueRange`
 * (values are drawn from so many and repeat; 0, the default: every value is new for its key).
 */

import { linearizable } from '../checkers/linearizable.ts';
import { defineWorkload } from '../harness/core/define.ts';
import type { Generator } from '../harness/core/generator.ts';
import { stagger } from '../harness/core/generators.ts';
import type { WorkloadPlan } from '../harness/core/target.ts';
import type { Invocation, Json } from '../harness/core/types.ts';
import { finalReads, type KeyPlan, keyName, keysOf } from './keys.ts';
import { numberOption } from './options.ts';

export const register = defineWorkload({
  name: 'register',
  about: 'reads, writes and compare-and-sets on registers, to be linearizable key by key',
  model: 'cas-register',
  generator: (plan) => stagger(plan.rate, registerOperations(plan)),
  final: (plan) => finalReads(plan, keysFor(plan)),
  checkers: () => [linearizable({ model: 'cas-register' })],
});

const keysFor = (plan: WorkloadPlan): KeyPlan => keysOf(plan, { live: 3, operationsPerKey: 100 });

interface LiveKey {
  readonly name: string;
  readonly used: number;
  /** The next value to write: from 1 on. */
  readonly value: number;
  /** What the key held when somebody last heard of it: the best guess for a cas that swaps. */
  readonly heard: Json;
}

interface Mix {
  readonly keys: KeyPlan;
  readonly readShare: number;
  readonly casShare: number;
  readonly valueRange: number;
}

/** The operations without their times: as many as are asked for. */
function registerOperations(plan: WorkloadPlan): Generator {
  const keys = keysFor(plan);
  const mix: Mix = {
    keys,
    readShare: numberOption(plan.options, 'readShare', 0.5),
    casShare: numberOption(plan.options, 'casShare', 0.25),
    valueRange: numberOption(plan.options, 'valueRange', 0),
  };
  const live = Array.from({ length: keys.live }, (_, index) => freshKey(index));
  return operations(mix, live, keys.live);
}

const freshKey = (index: number): LiveKey => ({ name: keyName(index), used: 0, value: 1, heard: null });

function operations(mix: Mix, live: readonly LiveKey[], made: number): Generator {
  return {
    next({ random, free }) {
      const place = random.int(0, live.length - 1);
      const key = live[place] as LiveKey;
      const draw = random.unit();
      const value = mix.valueRange > 0 ? random.int(1, mix.valueRange) : key.value;
      const reads = draw < mix.readShare;
      const invocation: Invocation = reads
        ? { action: 'read', input: null, key: key.name }
        : draw < mix.readShare + mix.casShare
          ? { action: 'cas', input: [key.heard, value], key: key.name }
          : { action: 'write', input: value, key: key.name };
      const spent = key.used + 1 >= mix.keys.operationsPerKey && made < mix.keys.total;
      const after = spent ? freshKey(made) : { ...key, used: key.used + 1, value: key.value + (reads ? 0 : 1) };
      const next = operations(mix, live.with(place, after), spent ? made + 1 : made);
      // Any free thread, not the first: threads are bound to nodes, and all nodes must be asked.
      return { kind: 'invoke', invocation, thread: random.pick(free), next };
    },
    update({ invocation, completion }) {
      if (completion.type !== 'ok') return this;
      const place = live.findIndex(({ name }) => name === invocation.key);
      if (place < 0) return this;
      const heard = heardFrom(invocation, completion.output);
      return operations(mix, live.with(place, { ...(live[place] as LiveKey), heard }), made);
    },
  };
}

function heardFrom({ action, input }: Invocation, output: Json): Json {
  if (action === 'read') return output;
  return action === 'cas' && Array.isArray(input) ? (input[1] ?? null) : input;
}
