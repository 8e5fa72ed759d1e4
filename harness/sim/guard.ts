/**
 * While node code runs, the real world is out of reach: clocks, timers, randomness and the network throw an error that
 * names what was touched. A node that looks at any of these would not be reproducible, and would lie in silence.
 *
 * The globals are replaced once, while any world is open, by functions that look at one variable; node code runs between
 * `enterNode` and `leaveNode`. What an async function of a node does later is not seen: node code is synchronous.
 */
import type { NodeId } from '../core/types.ts';

/** Whose code runs now. */
let inside: NodeId | undefined;

/** Returns what `leaveNode` must be given. */
export function enterNode(node: NodeId): NodeId | undefined {
  const before = inside;
  inside = node;
  return before;
}

export function leaveNode(before: NodeId | undefined): void {
  inside = before;
}

/** Runs harness code that was called by a node. */
export function outside<T>(action: () => T): T {
  const before = inside;
  inside = undefined;
  try {
    return action();
  } finally {
    inside = before;
  }
}

let holders = 0;
let restore: (() => void) | undefined;

/** Guards the globals until the returned function has been called as often as this one. */
export function guardGlobals(): () => void {
  if (holders++ === 0) restore = replaceGlobals();
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    if (--holders === 0) {
      restore?.();
      restore = undefined;
    }
  };
}

function forbid(what: string, instead: string): void {
  if (inside !== undefined) {
    throw new Error(`node ${inside} touched ${what}, which no seed can reproduce: use environment.${instead} instead`);
  }
}

const ofEveryFunction: ReadonlySet<string | symbol> = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

function replaceGlobals(): () => void {
  const undo: (() => void)[] = [];

  /** Replaces a property; whoever has replaced it in the meantime keeps it when we leave. */
  const put = (owner: object, name: string, descriptor: PropertyDescriptor): void => {
    const original = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { configurable: true, enumerable: original?.enumerable ?? true, ...descriptor });
    undo.push(() => {
      const current = Object.getOwnPropertyDescriptor(owner, name);
      if (current?.value !== descriptor.value || current?.get !== descriptor.get) return;
      if (original === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, original);
    });
  };

  const guardFunction = (owner: object, name: string, what: string, instead: string): void => {
    const original = Reflect.get(owner, name) as unknown;
    if (typeof original !== 'function') return;
    const value = function (this: unknown, ...parameters: unknown[]): unknown {
      forbid(what, instead);
      return Reflect.apply(original, this, parameters);
    };
    // setTimeout carries its promisified twin, hrtime its bigint.
    for (const key of Reflect.ownKeys(original)) {
      const extra = Object.getOwnPropertyDescriptor(original, key);
      if (extra !== undefined && !ofEveryFunction.has(key)) Object.defineProperty(value, key, extra);
    }
    put(owner, name, { value, writable: true });
  };

  // By way of globalThis: the lint that bans these names here would otherwise ban the guard as well.
  const { Date: RealDate, performance: realPerformance, process: realProcess } = globalThis;
  put(globalThis, 'Date', {
    writable: true,
    value: new Proxy(RealDate, {
      construct(_, parameters, asked) {
        forbid('new Date()', 'clock.now()');
        return Reflect.construct(RealDate, parameters, asked) as object;
      },
      apply(_, self, parameters) {
        forbid('Date()', 'clock.now()');
        return Reflect.apply(RealDate, self, parameters) as string;
      },
    }),
  });
  guardFunction(RealDate, 'now', 'Date.now', 'clock.now()');
  guardFunction(Math, 'random', 'Math.random', 'random');
  guardFunction(realPerformance, 'now', 'performance.now', 'clock.monotonic()');
  guardFunction(realProcess, 'hrtime', 'process.hrtime', 'clock.monotonic()');
  guardFunction(realProcess.hrtime, 'bigint', 'process.hrtime.bigint', 'clock.monotonic()');
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']) {
    guardFunction(globalThis, name, name, 'timers');
  }
  guardFunction(globalThis, 'fetch', 'fetch', 'network');

  // Behind an accessor: the object itself is made when it is first asked for, and that takes time.
  const cryptography = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  if (cryptography?.get !== undefined) {
    put(globalThis, 'crypto', {
      get() {
        forbid('crypto', 'random');
        return Reflect.apply(cryptography.get as () => unknown, globalThis, []);
      },
      ...(cryptography.set === undefined ? {} : { set: cryptography.set }),
    });
  }
  return () => {
    for (const step of undo.reverse()) step();
  };
}
