/**
 * From rules and a seed to faults with a time and a length: data, so that a schedule can be stored in the history's
 * header, replayed and shrunk.
 *
 * The one surprise: each rule draws from a stream of its own, so a rule that is added or removed does not move the faults
 * of the others.
 */
import type { Random } from '../core/random.ts';
import type { FaultRule, Range } from '../core/target.ts';
import type { Nanos, ScheduledFault } from '../core/types.ts';

/** All faults that begin before `duration`, by time; one that would outlast it is cut short. */
export function drawSchedule(rules: readonly FaultRule[], duration: Nanos, random: Random): ScheduledFault[] {
  const faults = rules.flatMap((rule, index) => drawRule(rule, duration, random.split(`rule:${index}`)));
  return faults.sort((a, b) => a.at - b.at);
}

function drawRule(rule: FaultRule, duration: Nanos, random: Random): ScheduledFault[] {
  const { nemesis, options = {}, gap } = rule;
  const times = rule.times ?? (gap === undefined ? 1 : Number.POSITIVE_INFINITY);
  const faults: ScheduledFault[] = [];
  let at = draw(rule.first, random);
  while (at < duration && faults.length < times) {
    const lasts = Math.min(draw(rule.lasts, random), duration - at);
    faults.push({ nemesis, options, at, lasts });
    // A rule of no length and no gap would never get anywhere.
    at += Math.max(1, lasts + (gap === undefined ? 0 : draw(gap, random)));
  }
  return faults;
}

const draw = ([min, max]: Range, random: Random): Nanos => Math.floor(min + random.unit() * (max - min));
