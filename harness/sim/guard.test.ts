import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { enterNode, guardGlobals, leaveNode, outside } from './guard.ts';
import { createToyWorld, toyNode } from './toy.fixture.ts';

const forbidden: Record<string, () => unknown> = {
  'Date.now': () => Date.now(),
  'new Date()': () => new Date(),
  'Date()': () => Date(),
  'Math.random': () => Math.random(),
  'performance.now': () => performance.now(),
  'process.hrtime': () => process.hrtime(),
  'process.hrtime.bigint': () => process.hrtime.bigint(),
  setTimeout: () => clearTimeout(setTimeout(() => {}, 1)),
  setInterval: () => clearInterval(setInterval(() => {}, 1)),
  setImmediate: () => clearImmediate(setImmediate(() => {})),
  queueMicrotask: () => queueMicrotask(() => {}),
  fetch: () => void fetch('data:,').catch(() => {}),
  crypto: () => [crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(1))],
};

describe('while node code runs', () => {
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const release of open.splice(0)) release();
  });

  for (const [what, touch] of Object.entries(forbidden)) {
    it(`${what} throws and says what to use; outside it works`, () => {
      open.push(guardGlobals());
      touch();
      const before = enterNode('n1');
      try {
        expect(touch).toThrow(`node n1 touched ${what}, which no seed can reproduce: use environment.`);
        outside(touch);
      } finally {
        leaveNode(before);
      }
      touch();
    });
  }

  it('a node that looks at the real clock has crashed, and the history names what it touched', async () => {
    const { world, lines, pass } = createToyWorld({
      node: (environment, variant) => ({ ...toyNode(environment, variant), start: () => void Date.now() }),
    });
    await pass(10_000_000);
    await world.close();
    expect(lines.filter((line) => line.includes('"kind":"crashed"') && line.includes('Date.now')).length).toBe(3);
  });
});

describe('the globals', () => {
  it('are themselves again when the last of several worlds is closed', async () => {
    const names = ['Date', 'setTimeout', 'setImmediate', 'queueMicrotask', 'fetch', 'crypto'] as const;
    const descriptors = () => names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
    const others = () => [Date.now, Math.random, performance.now, process.hrtime, process.hrtime.bigint];
    const before = [descriptors(), others()];
    const first = createToyWorld();
    const second = createToyWorld();
    await first.world.close();
    await first.world.close();
    expect(Math.random).not.toBe(before[1]?.[1]);
    await second.world.close();
    expect([descriptors(), others()]).toEqual(before);
  });

  it('behave as ever while a world is open', () => {
    const release = guardGlobals();
    const date = new Date(0);
    expect(date instanceof Date).toBe(true);
    expect(date.toISOString()).toBe('1970-01-01T00:00:00.000Z');
    expect(Date.UTC(1970, 0, 1)).toBe(0);
    expect(typeof process.hrtime.bigint()).toBe('bigint');
    expect(Reflect.ownKeys(setTimeout)).toContain(promisify.custom);
    class Later extends Date {}
    expect(new Later(5).getTime()).toBe(5);
    release();
  });
});
