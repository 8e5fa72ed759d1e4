/**
 * The lock as a target, and its patterns: two holders at once or a former one that still writes, and one that waits for ever.
 *
 * The document has no failure pattern for locks and names deadlock and starvation in passing. The first one is Kleppmann's
 * (2016): a lease is a promise about time, and both its ends can be wrong about that.
 */
import { crashes } from '../../../checkers/crashes.ts';
import { overtaking } from '../../../checkers/overtaking.ts';
import { defineFlaw, definePattern, defineTarget, milliseconds, seconds } from '../../../harness/core/define.ts';
import type { FaultRule, Range, Scenario } from '../../../harness/core/target.ts';
import type { NodeId } from '../../../harness/core/types.ts';
import { lockClient } from './client.ts';
import { lockNode } from './lock.ts';
import { reference } from './settings.ts';

const within = (min: number, max: number): Range => [milliseconds(min), milliseconds(max)];

const scenario: Scenario = {
  workload: 'lock',
  concurrency: 3,
  rate: 40,
  duration: seconds(4),
  settle: milliseconds(300),
  observeEvery: milliseconds(250),
  faults: [],
  checkers: [crashes()],
};

/** Longer than a lease, so that another holder comes and goes meanwhile. */
const pauses: FaultRule = {
  nemesis: 'pause',
  options: { target: 'primary' },
  first: within(400, 800),
  lasts: within(1000, 1300),
  gap: within(300, 500),
};

/** The lock's wall clock is set ahead by far more than a lease, and back again. */
const jumps: FaultRule = {
  nemesis: 'clock',
  options: { role: 'lock', direction: 'forwards' },
  first: within(500, 900),
  lasts: within(300, 600),
  gap: within(300, 600),
};

/** Everybody's turn, and now and then two at once. */
const often = (strike: FaultRule): FaultRule => ({ ...strike, first: within(300, 2500), gap: within(800, 2500) });

const strikes: readonly FaultRule[] = [
  { nemesis: 'kill', lasts: within(200, 900) },
  { nemesis: 'power', lasts: within(200, 900) },
  { nemesis: 'pause', lasts: within(200, 900) },
  { nemesis: 'partition', options: { shape: 'random' }, lasts: within(200, 900) },
  { nemesis: 'clock', options: { mode: 'strobe' }, lasts: within(200, 900) },
  { nemesis: 'slow', options: { meanMs: 50 }, lasts: within(200, 900) },
];

const doubleGrant = definePattern({
  id: 'lock/double-grant',
  title: 'Two holders at once',
  card: {
    section: 'M13: Lock (P13), Specification; the document has no failure pattern of this name',
    symptoms: 'Failure Mode: Deadlock, starvation',
    prevention: 'Provides: MutualExclusion, Ordering; Requires: TimeoutHandling, DeadlockDetection',
    resolution: 'Recovery: TTL expiry',
  },
  worlds: ['sim', 'docker'],
  flaws: [
    defineFlaw({
      name: 'wall-clock-leases',
      about: 'leases run out by the wall clock: when it is set forward, the lock is granted again while it is held',
      switches: { monotonicLeases: false },
      expect: ['double-grant'],
      scenario: { ...scenario, faults: [jumps] },
      inDocker: { duration: seconds(6) },
    }),
    defineFlaw({
      name: 'no-fencing',
      about: 'the resource does not look at tokens: a holder that was paused past its lease still writes',
      switches: { fencing: false },
      expect: ['stale-token-write'],
      scenario: { ...scenario, duration: seconds(6), faults: [pauses] },
      inDocker: { duration: seconds(8) },
    }),
  ],
  controls: [
    {
      name: 'weather',
      about: 'the lock, its holders and the resource killed, without power, paused, cut off, their clocks bent',
      scenario: {
        ...scenario,
        concurrency: 6,
        workloadOptions: { keys: 2 },
        duration: seconds(7),
        settle: seconds(1),
        faults: strikes.map(often),
      },
      // To strike and to mend takes a second there: one at a time, or they pile up.
      inDocker: {
        duration: seconds(12),
        faults: [{ every: within(600, 1200), of: { mix: strikes.map((strike) => [1, strike] as const) } }],
      },
    },
  ],
});

const starvation = definePattern({
  id: 'lock/starvation',
  title: 'Starvation',
  card: {
    section: 'M13: Lock (P13), Specification',
    symptoms: 'Failure Mode: Deadlock, starvation',
    prevention: 'Provides: MutualExclusion, Ordering',
  },
  worlds: ['sim', 'docker'],
  flaws: [
    defineFlaw({
      name: 'latest-first',
      about: 'the lease goes to whoever asked last: under contention, those who wait longest wait for ever',
      switches: { fifo: false },
      expect: ['starvation'],
      // No fault is needed: more who want the lock than can have it are enough.
      scenario: {
        ...scenario,
        concurrency: 6,
        rate: 60,
        workloadOptions: { writes: 1 },
        checkers: [crashes(), overtaking()],
      },
    }),
  ],
});

export const lock = defineTarget({
  name: 'lock',
  kind: 'mechanism',
  label: 'P13',
  worlds: ['sim', 'docker'],
  /** One lock, one resource, and the rest hold: `l1 r1 h1 h2 h3`. */
  roles(count) {
    const roles: Record<NodeId, string> = { l1: 'lock', r1: 'resource' };
    for (let i = 1; i <= Math.max(1, count - 2); i++) roles[`h${i}`] = 'holder';
    return roles;
  },
  defaultNodes: 5,
  reference,
  node: lockNode,
  clients: { lock: lockClient },
  /** Whoever holds a lock is its primary, and the token the term: so a nemesis can strike the holder. */
  leads(state) {
    const { role, holds } = state as { readonly role?: unknown; readonly holds?: Readonly<Record<string, number>> };
    const tokens = role === 'holder' ? Object.values(holds ?? {}) : [];
    return tokens.length > 0 ? { term: Math.max(...tokens) } : undefined;
  },
  patterns: [doubleGrant, starvation],
});
