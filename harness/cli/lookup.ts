/**
 * From words to guests: loads the registry (with the config file's guests) and finds targets and patterns in it.
 */

import type { Config } from '../config.ts';
import { HarnessError } from '../core/errors.ts';
import type { FailurePattern, Flaw, Target } from '../core/target.ts';
import { flawsOf } from '../run/circumstances.ts';
import { findConfig, loadConfig } from './config.ts';
import type { Registry } from './registry.ts';
import { suggestion } from './values.ts';

export interface House {
  readonly registry: Registry;
  /** What worker threads import. */
  readonly url: string;
  readonly config: Config;
  readonly configFile?: string;
}

export async function openHouse(folder: string, askedConfig: string | undefined): Promise<House> {
  const file = findConfig(folder, askedConfig);
  const config = file === undefined ? {} : await loadConfig(file);
  const { registryOf, registryUrl } = await import('./registry.ts');
  const house = { registry: registryOf(config), url: registryUrl(file), config };
  return file === undefined ? house : { ...house, configFile: file };
}

export interface Chosen {
  readonly target: Target;
  readonly pattern: FailurePattern;
}

export const allPatterns = ({ targets }: Registry): Chosen[] =>
  Object.values(targets).flatMap((target) => target.patterns.map((pattern) => ({ target, pattern })));

/** One pattern by its id, or by the part after the slash where that is enough. */
export function findPattern(registry: Registry, id: string): Chosen {
  const all = allPatterns(registry);
  const exact = all.find(({ pattern }) => pattern.id === id);
  if (exact) return exact;
  const near = suggestion(
    id,
    all.map(({ pattern }) => pattern.id),
  );
  throw new HarnessError({
    code: 'no-match',
    message: `There is no pattern \`${id}\`.`,
    hint: near === '' ? 'See `pitchpole list`.' : near,
  });
}

/** The patterns that the filters name, each a target or a pattern; all where there are no filters. */
export function choosePatterns(registry: Registry, filters: readonly string[], grep: string | undefined): Chosen[] {
  const all = allPatterns(registry);
  const names = [...Object.keys(registry.targets), ...all.map(({ pattern }) => pattern.id)];
  for (const filter of filters) {
    if (names.includes(filter)) continue;
    const near = suggestion(filter, names);
    throw new HarnessError({
      code: 'no-match',
      message: `No target and no pattern is called \`${filter}\`.`,
      hint: near === '' ? 'See `pitchpole list`.' : near,
    });
  }
  const expression = grep === undefined ? undefined : new RegExp(grep, 'i');
  const chosen = all.filter(
    ({ target, pattern }) =>
      (filters.length === 0 || filters.includes(target.name) || filters.includes(pattern.id)) &&
      (expression === undefined || expression.test(pattern.id) || expression.test(pattern.title)),
  );
  if (chosen.length === 0 && expression !== undefined) {
    throw new HarnessError({
      code: 'no-match',
      message: `No pattern matches \`${grep}\`.`,
      hint: 'See `pitchpole list`.',
    });
  }
  return chosen;
}

/** One of a pattern's flaws or controls by its name; its first where no name is given. */
export function flawNamed({ pattern }: Chosen, name: string | undefined): Flaw {
  const flaws = flawsOf(pattern);
  const found = name === undefined ? flaws[0] : flaws.find((flaw) => flaw.name === name);
  if (found !== undefined) return found;
  const names = flaws.map((flaw) => flaw.name);
  const near = suggestion(name ?? '', names);
  throw new HarnessError({
    code: 'bad-usage',
    message: `\`${pattern.id}\` has no flaw \`${name}\`.`,
    hint: near === '' ? `It has ${names.join(', ')}.` : near,
  });
}
