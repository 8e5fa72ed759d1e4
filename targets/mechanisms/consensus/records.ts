/**
 * How records lie in a file: length, checksum, JSON. Each checksum begins where the one before it ended, so that a
 * record is only valid behind the record that it was written behind: bytes left over from an earlier life of the file
 * cannot come back as records.
 */
import type { Json } from '../../../harness/core/types.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes before a record's JSON. */
export const headerBytes = 8;

export const encodeJson = (value: Json): Uint8Array => encoder.encode(JSON.stringify(value));
export const decodeJson = (bytes: Uint8Array): Json => JSON.parse(decoder.decode(bytes)) as Json;

/** Puts records behind each other and returns the bytes with the checksum that the next record begins from. */
export function frame(
  bodies: readonly Uint8Array[],
  chain: number,
): { readonly bytes: Uint8Array; readonly chain: number } {
  let length = 0;
  for (const body of bodies) length += headerBytes + body.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  let checksum = chain;
  for (const body of bodies) {
    checksum = crc32(body, checksum);
    putUint32(bytes, at, body.length);
    putUint32(bytes, at + 4, checksum);
    bytes.set(body, at + headerBytes);
    at += headerBytes + body.length;
  }
  return { bytes, chain: checksum };
}

/** The valid records from the start; `length` is where the first invalid byte lies, or the end. */
export function unframe(
  bytes: Uint8Array,
  chain: number,
): { readonly records: readonly Json[]; readonly length: number; readonly chain: number } {
  const records: Json[] = [];
  let at = 0;
  let checksum = chain;
  while (at + headerBytes <= bytes.length) {
    const size = getUint32(bytes, at);
    const end = at + headerBytes + size;
    // A hole in a torn file reads as zeros; no record is empty.
    if (size === 0 || end > bytes.length) break;
    const body = bytes.subarray(at + headerBytes, end);
    const expected = crc32(body, checksum);
    if (expected !== getUint32(bytes, at + 4)) break;
    records.push(decodeJson(body));
    checksum = expected;
    at = end;
  }
  return { records, length: at, chain: checksum };
}

/** CRC-32 (IEEE 802.3, reflected), carried on from an earlier one. */
export function crc32(bytes: Uint8Array, from = 0): number {
  let crc = ~from;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

const table = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  table[n] = c >>> 0;
}

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 0xff;
  bytes[at + 1] = (value >>> 8) & 0xff;
  bytes[at + 2] = (value >>> 16) & 0xff;
  bytes[at + 3] = value >>> 24;
}

const getUint32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)) >>>
  0;
