/**
 * Sets that only grow, for systems that keep members apart (one key a member in etcd) rather than a list in one value:
 * what was acknowledged must be in every later read.
 *
 * Actions: `add` (input: a number that is used once in the whole run; the key names the set), `read` (output: all members
 * in any order).
 *
 * Options: those of `append`; `linearizable` is false by default, since a read of many members is not always promised to
 * be one instant.
 */
import { dataLoss } from '../checkers/data-loss.ts';
import { linearizable } from '../checkers/linearizable.ts';
import { defineWorkload } from '../harness/core/define.ts';
import { stagger } from '../harness/core/generators.ts';
import { growingKeys, growth } from './append.ts';
import { finalReads } from './keys.ts';
import { booleanOption } from './options.ts';

export const set = defineWorkload({
  name: 'set',
  about: 'adds unique members to sets and reads them back: nothing may be lost or invented',
  model: 'set',
  generator: (plan) => stagger(plan.rate, growth('add', plan)),
  final: (plan) => finalReads(plan, growingKeys(plan)),
  checkers: (options) => [
    dataLoss(),
    ...(booleanOption(options, 'linearizable', false) ? [linearizable({ model: 'set' })] : []),
  ],
});
