/**
 * Maelstrom's linearizable key-value store: the workload `register` under the name that node implementations know, with
 * the same actions and options.
 */
import { defineWorkload } from '../harness/core/define.ts';
import { register } from './register.ts';

export const linKv = defineWorkload({
  ...register,
  name: 'lin-kv',
  about: 'reads, writes and compare-and-sets of keys, to be linearizable key by key',
});
