/**
 * What the scenarios of all consensus patterns have in common: five nodes, a light load, a short run. Light and short
 * because each scenario is aimed: its faults bring about the one moment at which the missing prevention is missed.
 */
import { crashes } from '../../../../checkers/crashes.ts';
import { invariants } from '../../../../checkers/invariants.ts';
import { splitBrain } from '../../../../checkers/split-brain.ts';
import { milliseconds, seconds } from '../../../../harness/core/define.ts';
import type { Range, Scenario } from '../../../../harness/core/target.ts';
import type { Variant } from '../../../../harness/core/types.ts';

/** The document's table "Failure Recovery Times", row Consensus. */
export const recoveryTimes = { detectionTime: '5-15s', recoveryTime: '10-30s' } as const;

export const common = {
  concurrency: 10,
  rate: 45,
  settle: milliseconds(1200),
  observeEvery: milliseconds(100),
  checkers: [splitBrain(), crashes(), invariants()],
} as const satisfies Partial<Scenario>;

/** Two busy cores carry five containers: a heartbeat may come late by what a whole election takes in the simulator. */
export const slowTimes = { heartbeatMs: 100, electionTimeoutMs: 600 } as const satisfies Variant;

export const commonInDocker = {
  rate: 40,
  settle: seconds(2),
  observeEvery: milliseconds(200),
} as const satisfies Partial<Scenario>;

/** From `min` to `max` milliseconds. */
export const within = (min: number, max: number): Range => [milliseconds(min), milliseconds(max)];
