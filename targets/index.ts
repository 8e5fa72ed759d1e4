/** The guests of the house, by name. A new one is one folder and one line here. */
import { circuitBreaker } from './mechanisms/circuit-breaker/patterns.ts';
import { consensus } from './mechanisms/consensus/patterns.ts';
import { lock } from './mechanisms/lock/patterns.ts';
import { etcd } from './systems/etcd/patterns.ts';
import { redis } from './systems/redis/patterns.ts';

export const targets = {
  consensus,
  'circuit-breaker': circuitBreaker,
  lock,
  etcd,
  redis,
} as const;
