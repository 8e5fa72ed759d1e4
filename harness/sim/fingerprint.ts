/**
 * The run's hash: every event is folded into 64 bits, so that two runs of one seed can be compared without keeping
 * either. Two 32-bit lanes of multiply and xor: it has to tell runs apart, not to resist an adversary.
 */
import type { Json, Nanos } from '../core/types.ts';

export interface Fingerprint {
  /** The numbers are the event's participants and a checksum; their low 32 bits count. */
  fold(kind: EventCode, time: Nanos, a: number, b: number, c: number): void;
  hex(): string;
}

/** Told of each event as it enters the hash, to find out where two runs part. */
export type Trace = (kind: EventCode, time: Nanos, a: number, b: number, c: number) => void;

/** What can happen, as it enters the hash. */
export const eventCode = {
  deliver: 1,
  lose: 2,
  timer: 3,
  request: 4,
  reply: 5,
  settle: 6,
  sync: 7,
  life: 8,
  fault: 9,
  action: 10,
  note: 11,
  wake: 12,
} as const;

export type EventCode = (typeof eventCode)[keyof typeof eventCode];

export function createFingerprint(seed: number, trace?: Trace): Fingerprint {
  const plain = createHash(seed);
  if (trace === undefined) return plain;
  return {
    fold(kind, time, a, b, c) {
      trace(kind, time, a, b, c);
      plain.fold(kind, time, a, b, c);
    },
    hex: plain.hex,
  };
}

function createHash(seed: number): Fingerprint {
  let low = seed | 0;
  let high = Math.imul(seed | 0, 0x9e3779b1);
  return {
    fold(kind, time, a, b, c) {
      const high32 = (time / 0x1_0000_0000) | 0;
      let x = Math.imul(low ^ (time | 0), 0x85ebca6b);
      x = Math.imul(x ^ (x >>> 15) ^ a, 0xc2b2ae35);
      x = Math.imul(x ^ (x >>> 13) ^ c, 0x9e3779b1);
      let y = Math.imul(high ^ high32 ^ x, 0x27d4eb2f);
      y = Math.imul(y ^ (y >>> 16) ^ ((b << 8) | kind), 0x165667b1);
      low = x ^ (y >>> 11);
      high = y;
    },
    hex: () => hex32(high) + hex32(low),
  };
}

/** FNV-1a of a text. */
export function checksumText(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Of everything in it; for what is rare. */
export const checksumJson = (value: Json): number => checksumText(JSON.stringify(value) ?? '');

const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
