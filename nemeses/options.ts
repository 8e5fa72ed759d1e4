/**
 * Options of nemeses come from patterns, config files and flags, so they are JSON and may be wrong: they are read here,
 * with a default, and a wrong one is refused by name before anything is struck.
 */
import { HarnessError } from '../harness/core/errors.ts';
import type { JsonObject, Nanos } from '../harness/core/types.ts';

/** @throws HarnessError where the option is there and is not a number of at least `min`. */
export function numberOption(options: JsonObject, name: string, fallback: number, min = 0): number {
  const value = options[name];
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isFinite(value) && value >= min) return value;
  return refuse(name, value, `Give a number of at least ${min}, or leave it out for ${fallback}.`);
}

/** @throws HarnessError where the option is there and is not a number from 0 to 1. */
export function shareOption(options: JsonObject, name: string, fallback: number): number {
  const share = numberOption(options, name, fallback);
  return share <= 1 ? share : refuse(name, share, `Give a number from 0 to 1, or leave it out for ${fallback}.`);
}

/** Milliseconds in the option, nanoseconds in the answer. */
export const durationOption = (options: JsonObject, name: string, fallbackMs: number): Nanos =>
  Math.round(numberOption(options, name, fallbackMs) * 1_000_000);

/** @throws HarnessError where the option is there and is none of the choices. */
export function choiceOption<const T extends string>(
  options: JsonObject,
  name: string,
  choices: readonly T[],
  fallback: T,
): T {
  const value = options[name];
  if (value === undefined) return fallback;
  const found = choices.find((choice) => choice === value);
  return found ?? refuse(name, value, `It is one of ${choices.join(', ')}; left out it is ${fallback}.`);
}

/** @throws HarnessError where the option is there and is not a string. */
export function stringOption(options: JsonObject, name: string): string | undefined {
  const value = options[name];
  if (value === undefined || typeof value === 'string') return value;
  return refuse(name, value, 'Give a string, or leave it out.');
}

function refuse(name: string, value: unknown, hint: string): never {
  throw new HarnessError({
    code: 'bad-usage',
    message: `The nemesis option \`${name}\` is ${JSON.stringify(value)}.`,
    hint,
  });
}
