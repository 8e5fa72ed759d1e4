// porcupine-ts: is there one order of these operations that explains what they returned?
export { checkOperations } from './check.ts';
export { type Event, operationsFromEvents } from './events.ts';
export { canonicalKey } from './key.ts';
export { defineModel, describeOperation, type NondeterministicModel, nondeterministic } from './model.ts';
export { type AppendListInput, appendList } from './models/append-list.ts';
export { type CasRegisterInput, type CasRegisterOptions, casRegister } from './models/cas-register.ts';
export { type CounterInput, counter } from './models/counter.ts';
export {
  type FencedLockInput,
  type FencedLockOptions,
  type FencedLockState,
  fencedLock,
} from './models/fenced-lock.ts';
export { type KeyValueInput, keyValue } from './models/key-value.ts';
export { type LogInput, log } from './models/log.ts';
export { type MultiRegisterInput, type MultiRegisterOptions, multiRegister } from './models/multi-register.ts';
export { type MutexInput, mutex } from './models/mutex.ts';
export { type PriorityQueueInput, priorityQueue } from './models/priority-queue.ts';
export { type QueueInput, queue } from './models/queue.ts';
export { type ReentrantLockInput, type ReentrantLockState, reentrantLock } from './models/reentrant-lock.ts';
export { type RegisterInput, register } from './models/register.ts';
export { type SemaphoreInput, type SemaphoreOptions, semaphore } from './models/semaphore.ts';
export { type SetInput, set } from './models/set.ts';
export { type StackInput, stack } from './models/stack.ts';
export type {
  Budget,
  CheckOptions,
  Counterexample,
  Decision,
  Growth,
  Invalid,
  Linearization,
  Model,
  Operation,
  Result,
  Unknown,
  Valid,
} from './types.ts';
export { verifyLinearization } from './verify.ts';
export { verifyCore } from './verify-core.ts';
export {
  type WatchEvidence,
  type Watcher,
  type WatchInvalid,
  type WatchOptions,
  type WatchResult,
  type WatchSize,
  type WatchUnknown,
  type WatchValid,
  watch,
} from './watch.ts';
export { checkDeltaAtomic, type DeltaAtomicOptions, smallestDelta } from './weaker/delta-atomic.ts';
export { checkKAtomic, type KAtomicOptions, kAtomicRegister, type Smallest, smallestK } from './weaker/k-atomic.ts';
export { checkRegular, checkSafe, type RegisterViolation, type RegularResult } from './weaker/regular.ts';
export {
  checkSequential,
  type SequentialCounterexample,
  type SequentialResult,
  verifySequential,
} from './weaker/sequential.ts';
