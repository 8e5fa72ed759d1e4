/** What is taken as a history file, and what is refused before anybody reads it. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sourceOf } from './source.ts';

const text = '{:process 0, :type :invoke, :f :read, :value nil}\n{:process 0, :type :ok, :f :read, :value "é"}\n';

describe('a file', () => {
  it.each([
    ['plain', new TextEncoder().encode(text)],
    ['with a byte order mark', new TextEncoder().encode(`\uFEFF${text}`)],
    ['packed', gzipSync(text)],
    ['packed in two parts', Buffer.concat([gzipSync(text.slice(0, 20)), gzipSync(text.slice(20))])],
  ])('%s is the same text', (_, bytes) => {
    expect(sourceOf(bytes, 'x')).toEqual({ kind: 'text', text });
  });

  it.each([
    ['cut off', gzipSync(text).subarray(0, 60), 10_000, 'cannot be unpacked'],
    [
      'with one byte changed',
      Uint8Array.from(gzipSync(text), (byte, at) => (at === 30 ? byte ^ 1 : byte)),
      10_000,
      'cannot be unpacked',
    ],
    ['followed by text', Buffer.concat([gzipSync(text), Buffer.from('more')]), 10_000, 'cannot be unpacked'],
    ['followed by zeros', Buffer.concat([gzipSync(text), Buffer.from([0, 1, 2])]), 10_000, 'ends after'],
    ['of a size that nobody expects', gzipSync('0'.repeat(100_000)), 10_000, 'unpacks to more than 10000 bytes'],
  ])('an archive %s is refused', (_, bytes, most, message) => {
    expect(() => sourceOf(bytes, 'x', most)).toThrow(message);
  });

  it('that is no text is refused with its line', () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('first\nsecond '), 0xff, 0x20]);
    expect(() => sourceOf(bytes, 'x')).toThrow('x:2: expected text in UTF-8');
    expect(() => sourceOf(new Uint8Array([0x61, 0xc3]), 'x')).toThrow('x:1: expected text in UTF-8');
  });
});
