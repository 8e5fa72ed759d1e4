/**
 * Options of workloads and checkers come from patterns, config files and flags, so they are JSON and may be wrong: they
 * are read here, with a default, and a wrong one is refused by name instead of becoming NaN somewhere in a generator.
 */
import { HarnessError } from '../harness/core/errors.ts';
import type { JsonObject } from '../harness/core/types.ts';

/** @throws HarnessError where the option is there and is not a number of at least `min`. */
export function numberOption(options: JsonObject, name: string, fallback: number, min = 0): number {
  const value = options[name];
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isFinite(value) && value >= min) return value;
  throw new HarnessError({
    code: 'bad-usage',
    message: `The workload option \`${name}\` is ${JSON.stringify(value)}.`,
    hint: `Give a number of at least ${min}, or leave it out for ${fallback}.`,
  });
}

/** @throws HarnessError where the option is there and is not a string. */
export function stringOption(options: JsonObject, name: string, fallback: string): string {
  const value = options[name];
  if (value === undefined) return fallback;
  if (typeof value === 'string') return value;
  throw new HarnessError({
    code: 'bad-usage',
    message: `The workload option \`${name}\` is ${JSON.stringify(value)}.`,
    hint: `Give a string, or leave it out for \`${fallback}\`.`,
  });
}

/** @throws HarnessError where the option is there and is not true or false. */
export function booleanOption(options: JsonObject, name: string, fallback: boolean): boolean {
  const value = options[name];
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw new HarnessError({
    code: 'bad-usage',
    message: `The workload option \`${name}\` is ${JSON.stringify(value)}.`,
    hint: `Give true or false, or leave it out for ${fallback}.`,
  });
}
