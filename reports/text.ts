/**
 * How values are put into words, the same in the terminal, in JUnit and in the browser: times, seeds, operations,
 * commands to paste.
 *
 * The one surprise: nothing here escapes anything. Strings from a target stay strings; each medium makes them harmless
 * in its own way (the HTML report by never turning them into markup).
 */
import type { FindingStatus } from '../harness/core/finding.ts';
import { seedText } from '../harness/core/random.ts';
import type { Json, JsonObject, Nanos, Operation, WorldKind } from '../harness/core/types.ts';
import type { CycleStep, Validity } from '../harness/core/verdict.ts';

export type Twin = 'flawed' | 'fixed';

/** Which run is looked at: a twin's, or the smallest story of the flawed one. */
export type Shown = Twin | 'shrunk';

/**
 * A finding's status as it is told: a control, whose flaw is nothing, did not reproduce a failure but held; and somebody's
 * own program, which has no twin, did not regress but broke what its workload promises.
 */
export type ToldStatus = FindingStatus | 'skipped' | 'held' | 'broken';

export const statusWords: Readonly<Record<ToldStatus, string>> = {
  held: 'held',
  reproduced: 'reproduced',
  'not-reproduced': 'NOT REPRODUCED',
  regressed: 'REGRESSED',
  broken: 'BROKEN',
  unknown: 'unknown',
  crashed: 'CRASHED',
  skipped: 'skipped',
};

export const statusGlyphs: Readonly<Record<ToldStatus, string>> = {
  held: '✓',
  reproduced: '✓',
  'not-reproduced': '○',
  regressed: '✕',
  broken: '✕',
  unknown: '?',
  crashed: '!',
  skipped: '–',
};

/** What a status means to somebody who has never read the glossary. */
export const statusMeanings: Readonly<Record<ToldStatus, string>> = {
  held: 'As it should be: nothing was taken away here, and nothing happened that must not.',
  reproduced: 'As it should be: without the prevention the failure shows, with it the failure stays away.',
  'not-reproduced': 'The flawed variant got away: the failure did not show, so the test proves nothing yet.',
  regressed: 'The fixed variant was convicted: the prevention does not hold, or it broke.',
  broken: 'What the workload promises did not hold.',
  unknown: 'Not enough evidence to convict or to acquit.',
  crashed: 'The run did not end as a run should.',
  skipped: 'Nothing was run here.',
};

export const validityGlyphs: Readonly<Record<Validity, string>> = { valid: '✓', unknown: '?', invalid: '✕' };

/** A span of time, with the digits a person can use: `350 µs`, `12.4 ms`, `1.20 s`, `2 min 5 s`. */
export function durationText(duration: Nanos): string {
  if (duration < 0) return `−${durationText(-duration)}`;
  if (duration < 1_000) return `${Math.round(duration)} ns`;
  if (duration < 999_500) return `${digits(duration / 1_000)} µs`;
  if (duration < 999_500_000) return `${digits(duration / 1_000_000)} ms`;
  if (duration < 119_500_000_000) return `${digits(duration / 1_000_000_000)} s`;
  const minutes = Math.floor(duration / 60_000_000_000);
  return `${minutes} min ${Math.round((duration - minutes * 60_000_000_000) / 1_000_000_000)} s`;
}

/** A moment of the run: always in seconds, so that moments can be compared at a glance. */
export const momentText = (at: Nanos): string => `${(at / 1_000_000_000).toFixed(3)} s`;

const digits = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** Thousands apart by a narrow space: `83 112`. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');

export const plural = (count: number, noun: string, many = `${noun}s`): string =>
  `${countText(count)} ${count === 1 ? noun : many}`;

export function jsonText(value: Json, limit = 60): string {
  const text = plainText(value);
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
}

/** A flat record reads better as `to=d1 kind=slow` than as JSON. */
function plainText(value: Json): string {
  if (typeof value === 'string' && /^[\w.:/@-]+$/.test(value)) return value;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value);
  const entries = Object.entries(value);
  const flat = entries.length > 0 && entries.every(([, held]) => held === null || typeof held !== 'object');
  return flat ? entries.map(([name, held]) => `${name}=${plainText(held)}`).join(' ') : JSON.stringify(value);
}

/** What was asked: `cas k1 [1,2]`. */
export function requestText(operation: Pick<Operation, 'action' | 'key' | 'input'>, limit = 40): string {
  const parts = [operation.action];
  if (operation.key !== undefined) parts.push(operation.key);
  if (operation.input !== null) parts.push(jsonText(operation.input, limit));
  return parts.join(' ');
}

/** What came back: `→ 3`, `ok`, `failed: not leader`, `no answer: timeout`. */
export function answerText(operation: Pick<Operation, 'action' | 'input' | 'completion'>, limit = 40): string {
  const { completion } = operation;
  if (completion.type === 'fail') return `failed: ${cut(completion.error, limit)}`;
  if (completion.type === 'info') return `unknown: ${cut(completion.error, limit)}`;
  const plain = completion.output === null || completion.output === true;
  return plain && operation.input !== null ? 'ok' : `→ ${jsonText(completion.output, limit)}`;
}

const cut = (text: string, limit: number): string => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text);

/** The way round: `T2 -rw-> T3 -wr-> T2`. */
export const cycleText = (steps: readonly CycleStep[]): string =>
  [...steps.map(({ from, type }) => `T${from} -${type}->`), `T${steps[0]?.from}`].join(' ');

/** The same for a terminal: the way round, and below it why each step is one. Nothing where there is no cycle. */
export const cycleLines = (steps: readonly CycleStep[]): string[] =>
  steps.length === 0
    ? []
    : [cycleText(steps), ...steps.map(({ from, to, type, because }) => `  T${from} -${type}-> T${to}: ${because}`)];

/** The command that shows one run again; what a person pastes. */
export function replayCommand(run: {
  readonly pattern: string;
  readonly flaw?: string;
  readonly twin: Twin;
  readonly seed: number;
  readonly world: WorldKind;
  /** Whatever else was changed for the run. */
  readonly flags?: readonly string[];
}): string {
  // No seed can repeat what a process does: the same is run once more.
  if (run.world === 'process') {
    return ['npx pitchpole run -w process', ...(run.flags ?? []), '--seed', seedText(run.seed)].join(' ');
  }
  const words = ['npx pitchpole replay', run.pattern];
  if (run.flaw !== undefined) words.push('--flaw', run.flaw);
  words.push('--variant', run.twin, '--seed', seedText(run.seed));
  if (run.world !== 'sim') words.push('-w', run.world);
  if (run.flags !== undefined) words.push(...run.flags);
  return words.join(' ');
}

/** `isolate n1`: the nemesis, its options, and whom it struck. */
export function faultText(fault: {
  readonly nemesis: string;
  readonly what: string;
  readonly skipped?: string | undefined;
}): string {
  if (fault.skipped !== undefined) return `${fault.nemesis} (skipped: ${fault.skipped})`;
  if (fault.what === '') return fault.nemesis;
  return fault.what.startsWith(fault.nemesis) ? fault.what : `${fault.nemesis} ${fault.what}`;
}

/** Which switches differ: what the fixed twin has, and what the flawed one has in its place. */
export function variantDifferences(
  fixed: JsonObject,
  flawed: JsonObject,
): { name: string; fixed: string; flawed: string }[] {
  const names = [...new Set([...Object.keys(fixed), ...Object.keys(flawed)])];
  const show = (value: Json | undefined): string => (value === undefined ? '(absent)' : jsonText(value));
  return names
    .filter((name) => JSON.stringify(fixed[name]) !== JSON.stringify(flawed[name]))
    .map((name) => ({ name, fixed: show(fixed[name]), flawed: show(flawed[name]) }));
}

/** Begins with a capital letter, unless the first word is a name with digits (`n1`), and ends with a full stop. */
export function sentence(text: string): string {
  const trimmed = abridge(text.trim());
  if (trimmed === '') return '';
  const first = /^[a-z]+\b(?![\d_-])/.test(trimmed) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}

/**
 * Long lists of values are cut to where they part from one another: that is what a person would look for. The
 * counterexample has them whole.
 */
function abridge(text: string): string {
  const long = /\[([^[\]]{40,})\]/g;
  const lists = [...text.matchAll(long)].map(([, inside = '']) => inside.split(','));
  const [first = [], ...others] = lists;
  const same = first.findIndex((item, place) => others.some((other) => other[place] !== item));
  const shared = others.length === 0 ? 0 : same < 0 ? first.length : same;
  return text.replace(long, (whole, inside: string) => {
    const items = inside.split(',');
    if (items.length < 9) return whole;
    const from = Math.max(0, shared - 2);
    const shown = items.slice(from, from + 6);
    const rest = from + shown.length < items.length ? ', …' : '';
    return `[${from > 0 ? '…, ' : ''}${shown.join(',')}${rest}] (${items.length} values)`;
  });
}
