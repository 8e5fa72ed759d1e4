// elle-ts: which isolation levels can this history of transactions still have had?
export {
  anomalyNames,
  forbidden,
  friendly,
  isModel,
  modelNames,
  ruledOut,
  suggestModel,
} from './consistency/models.ts';
export { type BankOp, type BankOptions, checkBank } from './derived/bank.ts';
export { checkCausalReverse } from './derived/causal-reverse.ts';
export { checkClosedPredicate } from './derived/closed-predicate.ts';
export type { Predicate, PredicateOp } from './derived/closed-universe.ts';
export { checkInsertPairs, type InsertOp } from './derived/insert-pairs.ts';
export { checkLongFork } from './derived/long-fork.ts';
export type { DerivedResult } from './derived/result.ts';
export { checkWeak, type WeakLevel } from './derived/weak.ts';
export { checkListAppend } from './list-append.ts';
export { checkRegister, type RegisterOptions } from './register.ts';
export type {
  Anomaly,
  AppendOp,
  CheckOptions,
  EdgeType,
  Key,
  RegisterOp,
  Result,
  Step,
  Transaction,
  Value,
} from './types.ts';
