import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { fixtureFinding, fixtureSuite } from '../fixtures.ts';
import { findingPage } from '../model.ts';
import { pack, unpack } from './columnar.ts';

const pageOf = (operations: number, hostile = false) => {
  const finding = fixtureFinding({ operations, hostile });
  return findingPage(finding, fixtureSuite([finding]));
};

it('what is packed comes back as it was', () => {
  for (const hostile of [false, true]) {
    const page = pageOf(400, hostile);
    expect(unpack(pack(page))).toEqual(JSON.parse(JSON.stringify(page)));
  }
});

it('ten thousand operations of two runs take less than 400 KB', () => {
  expect(gzipSync(pack(pageOf(10_000)), { level: 9 }).toString('base64').length).toBeLessThan(400_000);
});
