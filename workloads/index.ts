// All workloads by name. A new one is a file and a line.
import { append } from './append.ts';
import { calls } from './calls.ts';
import { counter, growOnlyCounter } from './counters.ts';
import { echo } from './echo.ts';
import { broadcast, growOnlySet } from './gossip.ts';
import { kafka } from './kafka.ts';
import { linKv } from './lin-kv.ts';
import { lock } from './lock.ts';
import { register } from './register.ts';
import { set } from './set.ts';
import { txnListAppend } from './txn-list-append.ts';
import { uniqueIds } from './unique-ids.ts';

export const workloads = {
  register,
  append,
  set,
  calls,
  lock,
  'txn-list-append': txnListAppend,
  echo,
  'unique-ids': uniqueIds,
  broadcast,
  'g-set': growOnlySet,
  'g-counter': growOnlyCounter,
  'pn-counter': counter,
  'lin-kv': linKv,
  kafka,
} as const;
