// stub, replaced at once
import type { Model, Operation } from './types.ts';

export interface Core {
  readonly operations: readonly number[];
  readonly minimal: boolean;
}

export function minimalCore<S, I, O>(
  _model: Model<S, I, O>,
  operations: readonly Operation<I, O>[],
  _stuck: number,
  hint: readonly number[] | undefined,
): Core {
  return { operations: hint ?? operations.map((_, op) => op), minimal: false };
}
