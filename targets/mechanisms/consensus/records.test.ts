import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32, encodeJson, frame, unframe } from './records.ts';

const bodies = (values: readonly unknown[]): Uint8Array[] => values.map((value) => encodeJson(value as string));
const values = fc.array(fc.oneof(fc.string(), fc.integer(), fc.array(fc.string())), { maxLength: 12 });

describe('records', () => {
  test('the checksum is the CRC-32 of zip and ethernet', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  test('what was framed comes back, however often writing was resumed', () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const one = frame(bodies(first), 0);
        const two = frame(bodies(second), one.chain);
        const bytes = new Uint8Array([...one.bytes, ...two.bytes]);
        const read = unframe(bytes, 0);
        expect(read.records).toEqual([...first, ...second]);
        expect(read.length).toBe(bytes.length);
        expect(read.chain).toBe(two.chain);
      }),
    );
  });

  test('whatever is damaged, what comes back is a beginning of what was written', () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (written, where, flip, cut) => {
        const { bytes } = frame(bodies(written), 0);
        const damaged = bytes.slice(0, bytes.length === 0 ? 0 : bytes.length - (cut % bytes.length));
        if (damaged.length > 0) damaged[where % damaged.length] = (damaged[where % damaged.length] as number) ^ flip;
        const { records, length } = unframe(damaged, 0);
        expect(records).toEqual(written.slice(0, records.length));
        expect(records.length).toBeLessThanOrEqual(written.length);
        expect(length).toBeLessThanOrEqual(damaged.length);
      }),
    );
  });

  test('a record that was whole behind other bytes is not one behind these', () => {
    const old = frame(bodies(['a', 'b', 'c']), 0).bytes;
    const fresh = frame(bodies(['x']), 0).bytes;
    // The same lengths: the new record ends just where the old second one begins.
    const bytes = old.slice();
    bytes.set(fresh);
    expect(unframe(bytes, 0).records).toEqual(['x']);
  });

  test('a hole of zeros is not a record', () => {
    expect(unframe(new Uint8Array(600), 0)).toMatchObject({ records: [], length: 0 });
  });
});
