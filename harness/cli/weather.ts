/**
 * Weather as a person gives it: the name of a preset, a JSON file, or JSON itself:
 *
 *     --weather gale
 *     --weather '[{"every": ["2s", "5s"], "of": {"nemesis": "partition", "lasts": "10%"}}]'
 *
 * The one surprise: times are text with a unit, or a share of the run; a bare number is nanoseconds, as in a config file
 * that says `seconds(2)`.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { presets } from '../../nemeses/presets.ts';
import { HarnessError } from '../core/errors.ts';
import type { Span, Weather } from '../core/target.ts';
import type { Nanos } from '../core/types.ts';
import { duration, suggestion } from './values.ts';

/** @throws HarnessError `bad-usage`, naming the part that is wrong. */
export function readWeather(text: string, name: string): readonly Weather[] {
  if (Object.hasOwn(presets, text)) return presets[text as keyof typeof presets];
  const isJson = /^\s*[[{]/.test(text);
  const source = isJson ? text : readFile(text, name);
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw refusal(`${name} is not JSON: ${(cause as Error).message}.`);
  }
  const parsed = z.array(one).safeParse(Array.isArray(value) ? value : [value]);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw refusal(`${name}${where === '' ? '' : ` at \`${where}\``}: ${issue?.message ?? 'it is no weather'}.`);
}

function readFile(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const near = suggestion(path, Object.keys(presets));
    throw new HarnessError({
      code: 'bad-usage',
      message: `${name}: there is no weather and no file \`${path}\`.`,
      hint: near === '' ? `There are ${Object.keys(presets).join(', ')}; or give a JSON file, or JSON.` : near,
      cause,
    });
  }
}

const refusal = (message: string): HarnessError =>
  new HarnessError({
    code: 'bad-usage',
    message,
    hint: 'A fault is {"nemesis": "kill", "lasts": "1s"}; around it stand "at", "every", "during", "sequence", "parallel", "mix" and "swarm".',
  });

/** A time, or a share of the run; undefined where it is neither. */
function timeOf(value: unknown): Nanos | { readonly share: number } | undefined {
  if (typeof value === 'number' && value >= 0) return value;
  if (typeof value !== 'string') return undefined;
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(value);
  if (percent !== null) return { share: Number(percent[1]) / 100 };
  try {
    return duration(value, 'a time');
  } catch {
    return undefined;
  }
}

// One schema and not a union: the error of a union says only that nothing fits.
const span = z.unknown().transform((value, context): Span => {
  if (isShares(value)) return value;
  const ends = (Array.isArray(value) ? value : [value, value]).map(timeOf);
  const [min, max] = ends;
  if (ends.length === 2 && typeof min === 'number' && typeof max === 'number') {
    return Array.isArray(value) ? [min, max] : min;
  }
  if (ends.length === 2 && typeof min === 'object' && typeof max === 'object') return { share: [min.share, max.share] };
  const message = `\`${JSON.stringify(value)}\` is no time: give "500ms", "2s" or "10%", or two of a kind as a range`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const isShares = (value: unknown): value is { share: [number, number] } =>
  z.strictObject({ share: z.tuple([z.number().min(0), z.number().min(0)]) }).safeParse(value).success;

const rule = z.strictObject({
  nemesis: z.string(),
  options: z.record(z.string(), z.json()).optional(),
  first: span.optional(),
  lasts: span,
  gap: span.optional(),
  times: z.int().min(1).optional(),
});

const one: z.ZodType<Weather> = z.lazy(() =>
  z.unknown().transform((value, context): Weather => {
    const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const kind = kinds.find(([key]) => keys.includes(key));
    if (kind === undefined) {
      context.addIssue({ code: 'custom', message: `expected one of ${kinds.map(([key]) => key).join(', ')}` });
      return z.NEVER;
    }
    const parsed = kind[1].safeParse(value);
    if (parsed.success) return parsed.data as Weather;
    for (const issue of parsed.error.issues) {
      context.addIssue({ code: 'custom', message: issue.message, path: [...issue.path] });
    }
    return z.NEVER;
  }),
);

/** Told apart by the one key that each must have, so that an error speaks of what was meant. */
const kinds: readonly (readonly [key: string, schema: z.ZodType])[] = [
  ['nemesis', rule],
  ['at', z.strictObject({ at: span, of: one })],
  ['every', z.strictObject({ every: span, of: one, times: z.int().min(1).optional() })],
  ['sequence', z.strictObject({ sequence: z.array(one) })],
  ['parallel', z.strictObject({ parallel: z.array(one) })],
  ['mix', z.strictObject({ mix: z.array(z.tuple([z.number().positive(), one])) })],
  ['during', z.strictObject({ during: z.tuple([span, span]), of: one })],
  ['swarm', z.strictObject({ swarm: z.array(one), keep: z.number().min(0).max(1).optional() })],
];
