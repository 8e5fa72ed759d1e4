/**
 * A shorter way to write the schedule language (`Weather`), for pattern files and config files:
 *
 *     every([seconds(2), seconds(5)], mix([3, fault('partition', seconds(1))], [1, fault('kill', seconds(2))]))
 *
 * Plain data comes out: what is written here and what is given as JSON on the command line is the same.
 */
import type { FaultRule, Span, Weather } from './target.ts';
import type { JsonObject } from './types.ts';

/** One fault, at once. */
export const fault = (nemesis: string, lasts: Span, options: JsonObject = {}): FaultRule => ({
  nemesis,
  lasts,
  options,
});

export const at = (time: Span, of: Weather): Weather => ({ at: time, of });

/** Again and again, at most `times`. */
export const every = (time: Span, of: Weather, times?: number): Weather =>
  times === undefined ? { every: time, of } : { every: time, of, times };

export const sequence = (...all: readonly Weather[]): Weather => ({ sequence: all });
export const parallel = (...all: readonly Weather[]): Weather => ({ parallel: all });
export const mix = (...all: readonly (readonly [weight: number, of: Weather])[]): Weather => ({ mix: all });
export const during = (from: Span, to: Span, of: Weather): Weather => ({ during: [from, to], of });
export const swarm = (...all: readonly Weather[]): Weather => ({ swarm: all });

/** The names of all nemeses that it could call, sorted. */
export function nemesesOf(weather: Weather): string[] {
  const names = new Set<string>();
  const visit = (one: Weather): void => {
    if ('nemesis' in one) names.add(one.nemesis);
    else for (const part of partsOf(one)) visit(part);
  };
  visit(weather);
  return [...names].sort();
}

/** What it is made of; nothing for a single fault. */
function partsOf(weather: Weather): readonly Weather[] {
  if ('nemesis' in weather) return [];
  if ('of' in weather) return [weather.of];
  if ('sequence' in weather) return weather.sequence;
  if ('parallel' in weather) return weather.parallel;
  if ('mix' in weather) return weather.mix.map(([, of]) => of);
  return weather.swarm;
}
