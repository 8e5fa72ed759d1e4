import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal, readJournal } from './journal.ts';
import type { Lease } from './protocol.ts';

const cut: Lease = { kind: 'cut', drops: [['n1', 'n2']] };
const pause: Lease = { kind: 'pause', nodes: ['n3'] };
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pitchpole-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a lease is on disk before its fault can strike', () => {
  const file = join(folder, 'sub', 'leases.jsonl');
  openJournal(file).begin(1, cut);
  expect(readJournal(readFileSync(file, 'utf8'))).toEqual(new Map([[1, cut]]));
});

test('an heir finds what still stands, and not what was healed', () => {
  const file = join(folder, 'leases.jsonl');
  const first = openJournal(file);
  first.begin(1, cut);
  first.begin(2, pause);
  first.end(1);
  expect(openJournal(file).standing()).toEqual(new Map([[2, pause]]));
});

test('a torn last line is not believed: its fault never struck', () => {
  const whole = `${JSON.stringify({ id: 1, lease: cut })}\n`;
  expect(readJournal(`${whole}{"id":2,"lea`)).toEqual(new Map([[1, cut]]));
  expect(readJournal('')).toEqual(new Map());
});
