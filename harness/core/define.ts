/**
 * `define…` is identity plus inference: it gives an object literal its type without widening what was written.
 */
import type { Nemesis } from './cluster.ts';
import type { FailurePattern, Flaw, Signal, Target, Workload } from './target.ts';
import type { Completion, Invocation, Nanos } from './types.ts';
import type { Checker } from './verdict.ts';

export const defineTarget = <const T extends Target>(target: T): T => target;
export const defineNemesis = <const T extends Nemesis>(nemesis: T): T => nemesis;
export const defineWorkload = <const T extends Workload>(workload: T): T => workload;
export const defineChecker = <const T extends Checker>(checker: T): T => checker;
export const definePattern = <const T extends FailurePattern>(pattern: T): T => pattern;
export const defineFlaw = <const T extends Flaw>(flaw: T): T => flaw;
export const defineSignal = <const T extends Signal>(signal: T): T => signal;

/** A client whose library speaks promises (real systems): what it throws unclassified is `info`, never `fail`. */
export const promisedClient = (
  carry: (invocation: Invocation) => Promise<Completion>,
  close: () => void = () => {},
): { invoke(invocation: Invocation, done: (completion: Completion) => void): void; close(): void } => ({
  invoke(invocation, done) {
    carry(invocation).then(done, (error: unknown) => done({ type: 'info', error: String(error) }));
  },
  close,
});

export const milliseconds = (count: number): Nanos => count * 1_000_000;
export const seconds = (count: number): Nanos => count * 1_000_000_000;
