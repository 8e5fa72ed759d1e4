/**
 * From weather and a seed to faults with a time and a length: data, so that a schedule can be stored in the history's
 * header, replayed and shrunk.
 *
 * The one surprise: each part draws from a stream of its own, so a part that is added or removed does not move the faults
 * of the others.
 */
import type { Random } from '../core/random.ts';
import type { FaultRule, Span, Weather } from '../core/target.ts';
import type { Nanos, ScheduledFault } from '../core/types.ts';

/** All faults that begin before `duration`, by time; one that would outlast it is cut short. */
export function drawSchedule(weathers: readonly Weather[], duration: Nanos, random: Random): ScheduledFault[] {
  const faults: ScheduledFault[] = [];
  weathers.forEach((weather, index) => {
    draw(weather, { from: 0, to: duration, whole: duration, random: random.split(`rule:${index}`), faults });
  });
  return faults.sort((a, b) => a.at - b.at);
}

/** A stretch of time to fill, and where the faults go. */
interface Sky {
  readonly from: Nanos;
  readonly to: Nanos;
  /** The length of the run. */
  readonly whole: Nanos;
  readonly random: Random;
  readonly faults: ScheduledFault[];
}

/** More would be no weather but a mistake, such as a gap of nothing after a fault of nothing. */
const mostFaults = 10_000;

/** Draws all of it, and returns when it is over. */
function draw(weather: Weather, sky: Sky): Nanos {
  const { from, to, random } = sky;
  if (from >= to || sky.faults.length >= mostFaults) return from;
  if ('nemesis' in weather) return drawRule(weather, sky);
  const part = (of: Weather, label: string, begin: Nanos, end = to): Nanos =>
    draw(of, { ...sky, from: begin, to: Math.min(end, to), random: random.split(label) });
  if ('at' in weather) return part(weather.of, 'at', from + length(weather.at, sky));
  if ('during' in weather) {
    const [begin, end] = weather.during.map((span) => from + length(span, sky)) as [Nanos, Nanos];
    return part(weather.of, 'during', begin, end);
  }
  if ('every' in weather) {
    let [begin, over] = [from, from];
    for (let time = 0; begin < to && time < (weather.times ?? mostFaults); time++) {
      over = part(weather.of, `time:${time}`, begin);
      // What takes no time must not hold the clock.
      begin = Math.max(begin + Math.max(1, length(weather.every, sky)), over);
    }
    return over;
  }
  if ('sequence' in weather) {
    return weather.sequence.reduce((begin, of, place) => part(of, `part:${place}`, begin), from);
  }
  if ('parallel' in weather) {
    return weather.parallel.reduce((over, of, place) => Math.max(over, part(of, `part:${place}`, from)), from);
  }
  if ('mix' in weather) {
    const place = byWeight(
      weather.mix.map(([weight]) => weight),
      random,
    );
    const chosen = weather.mix[place];
    return chosen === undefined ? from : part(chosen[1], `part:${place}`, from);
  }
  const kept = weather.swarm.map(() => random.chance(weather.keep ?? 0.5));
  return weather.swarm.reduce(
    (over, of, place) => (kept[place] ? Math.max(over, part(of, `part:${place}`, from)) : over),
    from,
  );
}

function drawRule(rule: FaultRule, sky: Sky): Nanos {
  const { from, to, faults } = sky;
  const { nemesis, options = {}, gap } = rule;
  const times = rule.times ?? (gap === undefined ? 1 : Number.POSITIVE_INFINITY);
  let at = from + (rule.first === undefined ? 0 : length(rule.first, sky));
  let over = from;
  for (let time = 0; at < to && time < times && faults.length < mostFaults; time++) {
    const lasts = Math.min(length(rule.lasts, sky), to - at);
    faults.push({ nemesis, options, at, lasts });
    over = at + lasts;
    // A rule of no length and no gap would never get anywhere.
    at += Math.max(1, lasts + (gap === undefined ? 0 : length(gap, sky)));
  }
  return over;
}

function length(span: Span, { random, whole }: Sky): Nanos {
  if (typeof span === 'number') return Math.floor(span);
  const [min, max] = 'share' in span ? [span.share[0] * whole, span.share[1] * whole] : span;
  return Math.floor(min + random.unit() * (max - min));
}

function byWeight(weights: readonly number[], random: Random): number {
  let left = random.unit() * weights.reduce((sum, weight) => sum + weight, 0);
  for (let place = 0; place < weights.length - 1; place++) {
    left -= weights[place] as number;
    if (left < 0) return place;
  }
  return weights.length - 1;
}
