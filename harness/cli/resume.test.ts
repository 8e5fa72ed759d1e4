import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from './context.ts';
import { settle } from './options.ts';
import { findStopped } from './resume.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pitchpole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const progress = {
  ...{ version: '1.0.0', baseSeed: 7, seeds: 5000, twins: 'fixed' },
  ...{ overrides: { nodes: 3 }, patterns: ['a/b'], flaws: {} },
};
const stop = (id: string, change = {}): void => {
  mkdirSync(join(folder, 'runs', id), { recursive: true });
  writeFileSync(join(folder, 'runs', id, 'progress.json'), JSON.stringify({ ...progress, ...change }));
};
const find = (run: string | true, flags: Record<string, unknown> = {}, filters: string[] = []) =>
  findStopped(
    { folder, version: '1.0.0' } as Context,
    settle({ out: 'runs', ...flags }, {}, { seeds: 3, rate: 9 }),
    filters,
    run,
  );

test('the newest run is gone on with, under its own settings and those of today that change nothing', () => {
  stop('1');
  stop('2', { seeds: 6000 });
  const { id, settings } = find(true, { workers: '3' });
  expect(id).toBe('2');
  expect(settings).toMatchObject({ world: 'sim', seed: 7, seeds: 6000, variant: 'fixed', nodes: 3, workers: 3 });
  // The config file's rate is of today: the run had none.
  expect(settings.rate).toBeUndefined();
  expect(find('1').settings.seeds).toBe(5000);
});

test('what the run was told cannot be told again', () => {
  stop('1');
  expect(() => find(true, { seeds: '9' })).toThrow('--seeds cannot be given again');
  expect(() => find(true, {}, ['consensus'])).toThrow('`consensus` cannot be given again');
});

test('where nothing was stopped, or another version began it, that is told', () => {
  expect(() => find(true)).toThrow(/No run below .* was stopped on its way/);
  stop('1', { version: '0.9.0' });
  expect(() => find(true)).toThrow('was begun by pitchpole 0.9.0');
});
