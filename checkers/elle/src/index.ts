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
