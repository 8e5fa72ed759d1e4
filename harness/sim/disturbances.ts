/**
 * What befalls the packets that one node sends: delays, loss, duplicates, overtaking, a narrow pipe, altered contents.
 *
 * The one surprise: it counts what it did. A fault that stood for a second and touched no packet is told apart from one
 * that touched forty, in the evidence of its heal.
 */
import type { Disturbance } from '../core/cluster.ts';
import type { Random } from '../core/random.ts';
import type { Json, Nanos } from '../core/types.ts';
import { copyJson } from './seal.ts';

/** One fault on one sender. */
export interface Standing {
  readonly disturbance: Disturbance;
  /** Packets that passed while it stood, and how many of them it touched. */
  seen: number;
  touched: number;
  /** Of a narrow pipe: when it has carried all that was put into it. */
  freeAt: Nanos;
}

/** What becomes of one packet. */
export interface Fate {
  /** Beyond the link's own delay; one for each copy that arrives, none where the packet is lost. */
  readonly delays: readonly Nanos[];
  /** Where it was altered. */
  readonly body?: Json;
}

export const stand = (disturbance: Disturbance): Standing => ({ disturbance, seen: 0, touched: 0, freeAt: 0 });

/** Draws the fate of a packet under all that stands, in the order in which it was put up. */
export function fateOf(standing: readonly Standing[], body: Json, now: Nanos, random: Random): Fate {
  let delays: Nanos[] = [0];
  let altered: Json | undefined;
  const later = (by: Nanos): void => {
    delays = delays.map((delay) => delay + by);
  };
  for (const one of standing) {
    const { disturbance } = one;
    one.seen++;
    const hit = 'share' in disturbance ? random.unit() < disturbance.share : true;
    if (!hit) continue;
    one.touched++;
    switch (disturbance.kind) {
      case 'slow':
        later(Math.max(0, Math.round(disturbance.mean + disturbance.jitter * (random.unit() * 2 - 1))));
        break;
      case 'loss':
        delays = [];
        break;
      case 'duplication':
        delays = [...delays, ...delays.map((delay) => delay + Math.round(random.exponential(1_000_000)))];
        break;
      case 'reordering':
        later(disturbance.by);
        break;
      case 'bandwidth': {
        const carried = (JSON.stringify(body).length * 1e9) / disturbance.bytesPerSecond;
        one.freeAt = Math.max(one.freeAt, now) + Math.round(carried);
        later(one.freeAt - now);
        break;
      }
      case 'corruption':
        altered = corrupted(altered ?? body, random);
        break;
    }
  }
  return altered === undefined ? { delays } : { delays, body: altered };
}

/** `loses 10 % of`, for `n1 … what it sends`. */
export function describeDisturbance(disturbance: Disturbance): string {
  switch (disturbance.kind) {
    case 'slow':
      return `delays by ${ms(disturbance.mean)} ± ${ms(disturbance.jitter)}`;
    case 'loss':
      return `loses ${percent(disturbance.share)} of`;
    case 'duplication':
      return `doubles ${percent(disturbance.share)} of`;
    case 'reordering':
      return `holds back ${percent(disturbance.share)} by ${ms(disturbance.by)} of`;
    case 'bandwidth':
      return `carries ${disturbance.bytesPerSecond} bytes a second of`;
    case 'corruption':
      return `alters ${percent(disturbance.share)} of`;
  }
}

/** A copy in which one number, string or truth value, deep inside or not, is another one. */
function corrupted(body: Json, random: Random): Json {
  const copy = copyJson(body);
  const places: { readonly holder: { [key: string]: Json }; readonly key: string }[] = [];
  const visit = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    const holder = value as { [key: string]: Json };
    for (const key of Object.keys(holder)) {
      const part = holder[key] as Json;
      if (typeof part === 'object' && part !== null) visit(part);
      else places.push({ holder, key });
    }
  };
  visit(copy);
  if (places.length === 0) return copy;
  const { holder, key } = random.pick(places);
  holder[key] = otherThan(holder[key] as Json, random);
  return copy;
}

function otherThan(value: Json, random: Random): Json {
  if (typeof value === 'number') return Number.isInteger(value) ? value ^ (1 << random.int(0, 7)) : value + 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string' || value === '') return 1;
  const at = random.int(0, value.length - 1);
  return value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ 1) + value.slice(at + 1);
}

const ms = (time: Nanos): string => `${(time / 1e6).toFixed(2)} ms`;
const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
