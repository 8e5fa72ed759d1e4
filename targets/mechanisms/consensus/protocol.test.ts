/**
 * One replica, its peers played by the test: what it may say, and when. These are the promises whose breaking takes a
 * power failure in the wrong millisecond to show, so that no number of random runs is enough to watch over them.
 */
import { describe, expect, test } from 'vitest';
import type { Disk, Environment } from '../../../harness/core/node.ts';
import { createRandom } from '../../../harness/core/random.ts';
import type { Json, JsonObject, Variant } from '../../../harness/core/types.ts';
import { consensusNode } from './consensus.ts';
import type { Append, Command, Entry, Message } from './messages.ts';
import { reference } from './settings.ts';

const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];

type Told<T> = Extract<Message, { readonly type: T }> & { readonly to: string };

/** A disk that syncs when it is told to. */
function slowDisk(files = new Map<string, Uint8Array>()) {
  const asked: ((error?: Error) => void)[] = [];
  const bytesOf = (file: string): Uint8Array => files.get(file) ?? new Uint8Array();
  const disk: Disk = {
    read: (file) => files.get(file)?.slice(),
    append: (file, bytes) => void files.set(file, new Uint8Array([...bytesOf(file), ...bytes])),
    write: () => expect.unreachable(),
    truncate: (file, length) => void files.set(file, bytesOf(file).slice(0, length)),
    rename(from, to) {
      files.set(to, bytesOf(from));
      files.delete(from);
    },
    remove: (file) => void files.delete(file),
    list: () => [...files.keys()].sort(),
    sync: (_, done) => void asked.push(done),
    syncDirectory: (done) => void asked.push(done),
  };
  /** Until nothing more is asked for. */
  const sync = (): void => {
    for (let done = asked.shift(); done !== undefined; done = asked.shift()) done();
  };
  return { disk, sync, files };
}

function replica({ variant = {}, files }: { variant?: Variant; files?: Map<string, Uint8Array> } = {}) {
  const { disk, sync, files: kept } = slowDisk(files);
  const timers = new Map<string, { readonly at: number; readonly handler: () => void }>();
  const sent: { readonly to: string; readonly message: Message }[] = [];
  let now = 1_000_000_000;
  const environment: Environment = {
    self: 'n1',
    nodes,
    roles: {},
    clock: { now: () => now, monotonic: () => now },
    timers: {
      set: (name, after, handler) => void timers.set(name, { at: now + after, handler }),
      cancel: (name) => void timers.delete(name),
    },
    network: { send: (to, body) => void sent.push({ to, message: body as Message }) },
    disk,
    random: createRandom(1),
    metrics: { add: () => {}, set: () => {} },
    mark: () => {},
    note: () => {},
  };
  const node = consensusNode(environment, { ...reference, ...variant });
  node.start();
  sync();
  /** What was sent since it was last asked for, of one kind. */
  const said = <T extends Message['type']>(type: T): Told<T>[] => {
    const found = sent.filter(({ message }) => message.type === type);
    sent.length = 0;
    return found.map(({ to, message }) => ({ to, ...message })) as Told<T>[];
  };
  /** Lets time pass, timer by timer. */
  const wait = (ms: number): void => {
    const until = now + ms * 1e6;
    for (;;) {
      const due = [...timers].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      const [name, { at, handler }] = due;
      timers.delete(name);
      now = Math.max(now, at);
      handler();
    }
    now = until;
  };
  const hear = (from: string, message: Message): void => node.onMessage(from, message);
  const ask = (body: Json): { answer?: Json } => {
    const result: { answer?: Json } = {};
    node.onRequest(body, (answer) => {
      result.answer = answer;
    });
    return result;
  };
  /** Wins the election of the next term with the votes of n2 and n3. */
  const win = (): number => {
    wait(700);
    const term = state().term + 1;
    for (const from of ['n2', 'n3']) hear(from, { type: 'pre-vote-reply', term, granted: true });
    sync();
    for (const from of ['n2', 'n3']) hear(from, { type: 'vote-reply', term, granted: true });
    expect(state().role).toBe('leader');
    return term;
  };
  const state = () => node.inspect() as JsonObject & { role: string; term: number; commit: number; lastIndex: number };
  return { hear, ask, said, sync, wait, win, state, files: kept };
}

const entry = (index: number, term: number, value = index): Entry => ({
  index,
  term,
  command: { op: 'append', key: 'k', value, session: 's', seq: value },
});
const append = (
  term: number,
  prev: number,
  prevTerm: number,
  entries: readonly Entry[] = [],
  rest: Partial<Append> = {},
): Append => ({
  ...{ type: 'append', term, prev, prevTerm, entries, commit: 0, round: 1 },
  ...rest,
});
const write = (value: number): Command => ({ op: 'write', key: 'k', value, session: 's', seq: value });

describe('a follower', () => {
  test('gives its vote only when it cannot forget it, and only once a term', () => {
    const { hear, said, sync } = replica();
    hear('n2', { type: 'vote', term: 1, lastIndex: 0, lastTerm: 0 });
    expect(said('vote-reply')).toEqual([]);
    sync();
    expect(said('vote-reply')).toMatchObject([{ to: 'n2', term: 1, granted: true }]);
    hear('n3', { type: 'vote', term: 1, lastIndex: 9, lastTerm: 1 });
    sync();
    expect(said('vote-reply')).toMatchObject([{ to: 'n3', term: 1, granted: false }]);
  });

  test('remembers term and vote after a restart; without the prevention it votes twice', () => {
    for (const [variant, again] of [
      [{}, false],
      [{ persistVote: false }, true],
    ] as const) {
      const before = replica({ variant });
      before.hear('n2', { type: 'vote', term: 1, lastIndex: 0, lastTerm: 0 });
      before.sync();
      const after = replica({ variant, files: before.files });
      after.hear('n3', { type: 'vote', term: 1, lastIndex: 0, lastTerm: 0 });
      after.sync();
      expect(after.said('vote-reply')).toMatchObject([{ to: 'n3', granted: again }]);
    }
  });

  test('refuses its vote, and its word before the vote, to a log that is behind its own', () => {
    const { hear, said, sync, wait } = replica();
    hear('n2', append(3, 0, 0, [entry(1, 2), entry(2, 3)]));
    sync();
    wait(250);
    said('append-reply');
    for (const [lastIndex, lastTerm, granted] of [
      [5, 2, false],
      [1, 3, false],
      [2, 3, true],
      [1, 4, true],
    ] as const) {
      const fresh = replica();
      fresh.hear('n2', append(3, 0, 0, [entry(1, 2), entry(2, 3)]));
      fresh.sync();
      fresh.said('append-reply');
      fresh.wait(301);
      fresh.hear('n4', { type: 'pre-vote', term: 4, lastIndex, lastTerm });
      expect(fresh.said('pre-vote-reply')).toMatchObject([{ granted }]);
      fresh.hear('n4', { type: 'vote', term: 4, lastIndex, lastTerm });
      fresh.sync();
      expect(fresh.said('vote-reply')).toMatchObject([{ term: 4, granted }]);
    }
  });

  test('helps nobody against a leader that it hears', () => {
    const { hear, said, wait } = replica();
    hear('n2', append(1, 0, 0));
    wait(200);
    said('append-reply');
    hear('n4', { type: 'pre-vote', term: 2, lastIndex: 9, lastTerm: 1 });
    expect(said('pre-vote-reply')).toMatchObject([{ to: 'n4', granted: false, term: 1 }]);
  });

  test('acknowledges entries when they are on the disk, and a heartbeat at once but for no more than that', () => {
    const { hear, said, sync } = replica();
    hear('n2', append(1, 0, 0));
    sync();
    said('append-reply');
    hear('n2', append(1, 0, 0, [entry(1, 1), entry(2, 1)]));
    expect(said('append-reply')).toEqual([]);
    hear('n2', append(1, 2, 1, [], { round: 7 }));
    expect(said('append-reply')).toMatchObject([{ ok: true, match: 0, round: 7 }]);
    sync();
    expect(said('append-reply')).toMatchObject([{ ok: true, match: 2 }]);
  });

  test('takes nothing for committed that the leader has not shown it to be the same', () => {
    const { hear, state, sync } = replica();
    hear('n2', append(1, 0, 0, [entry(1, 1), entry(2, 1), entry(3, 1)]));
    sync();
    // A leader of a later term that agrees up to entry 1, and has committed more: 2 and 3 are not its own.
    hear('n3', append(2, 1, 1, [], { commit: 3 }));
    expect(state().commit).toBe(1);
  });

  test('tells a leader where to go on: at the first entry of the term in conflict, or at its end', () => {
    const { hear, said, sync } = replica();
    hear('n2', append(4, 0, 0, [entry(1, 1), entry(2, 3), entry(3, 3), entry(4, 3)]));
    sync();
    said('append-reply');
    hear('n3', append(5, 4, 4));
    expect(said('append-reply')).toMatchObject([{ ok: false, prev: 4, hint: 2, hintTerm: 3 }]);
    hear('n3', append(5, 9, 4));
    expect(said('append-reply')).toMatchObject([{ ok: false, prev: 9, hint: 5, hintTerm: 0 }]);
  });

  test('keeps what it has when an older message comes late, and replaces what contradicts the leader', () => {
    const { hear, state, sync } = replica();
    hear('n2', append(1, 0, 0, [entry(1, 1), entry(2, 1), entry(3, 1)]));
    hear('n2', append(1, 0, 0, [entry(1, 1)]));
    expect(state().lastIndex).toBe(3);
    hear('n3', append(2, 1, 1, [entry(2, 2, 20)]));
    sync();
    expect(state()).toMatchObject({ lastIndex: 2, lastTerm: 2 });
  });

  test('takes over a snapshot only when it is safe, keeps a log that goes on behind it, and drops one that contradicts it', () => {
    const image = { index: 2, term: 1, data: { values: [['k', [1, 2]]], sessions: [], digest: 0 } } as const;
    for (const [last, lastIndex] of [
      [entry(2, 1), 3],
      [entry(2, 3), 2],
    ] as const) {
      const { hear, said, state, sync } = replica();
      hear('n2', append(3, 0, 0, [entry(1, 1), last, entry(3, 3)]));
      sync();
      said('append-reply');
      hear('n3', { type: 'install', term: 4, image });
      expect(said('install-reply')).toEqual([]);
      sync();
      expect(said('install-reply')).toMatchObject([{ to: 'n3', match: 2 }]);
      expect(state()).toMatchObject({ applied: 2, commit: 2, lastIndex });
    }
  });
});

describe('a candidate', () => {
  test('asks first, and raises its term only when a majority would vote for it', () => {
    const { hear, said, state, wait, sync } = replica();
    wait(700);
    expect(said('pre-vote')).toHaveLength(4);
    hear('n2', { type: 'pre-vote-reply', term: 1, granted: true });
    hear('n2', { type: 'pre-vote-reply', term: 1, granted: true });
    expect(state().term).toBe(0);
    hear('n3', { type: 'pre-vote-reply', term: 1, granted: true });
    expect(state()).toMatchObject({ term: 1, role: 'candidate' });
    // Its own vote has to be safe before it asks for others.
    expect(said('vote')).toEqual([]);
    sync();
    expect(said('vote')).toHaveLength(4);
  });

  test('counts no vote of another term, and no voter twice', () => {
    const { hear, state, wait, sync } = replica({ variant: { preVote: false } });
    wait(700);
    sync();
    const { term } = state();
    hear('n2', { type: 'vote-reply', term: term - 1, granted: true });
    hear('n3', { type: 'vote-reply', term, granted: true });
    hear('n3', { type: 'vote-reply', term, granted: true });
    expect(state().role).toBe('candidate');
    hear('n4', { type: 'vote-reply', term, granted: true });
    expect(state().role).toBe('leader');
  });
});

describe('a leader', () => {
  const acknowledge = (from: string, term: number, match: number, round = 0) =>
    [from, { type: 'append-reply', term, round, ok: true, match }] as const;

  test('commits an entry of an older term only together with one of its own; without the prevention by itself', () => {
    for (const [variant, commit] of [
      [{}, 0],
      [{ commitOnlyOwnTerm: false }, 1],
    ] as const) {
      const { hear, win, state, sync } = replica({ variant });
      hear('n2', append(1, 0, 0, [entry(1, 1)]));
      sync();
      const term = win();
      sync();
      hear(...acknowledge('n2', term, 1));
      hear(...acknowledge('n3', term, 1));
      expect(state().commit).toBe(commit);
      if (commit === 1) continue;
      hear(...acknowledge('n2', term, 2));
      hear(...acknowledge('n3', term, 2));
      expect(state().commit).toBe(2);
    }
  });

  test('counts itself only for what is on its own disk', () => {
    const { hear, win, state, sync } = replica();
    const term = win();
    hear(...acknowledge('n2', term, 1));
    hear(...acknowledge('n3', term, 1));
    expect(state().commit).toBe(0);
    sync();
    expect(state().commit).toBe(1);
  });

  test('answers a write when it is committed, and whoever waits for one when it falls: nobody knows', () => {
    const { hear, ask, win, sync } = replica();
    const term = win();
    const first = ask(write(1));
    const second = ask(write(2));
    sync();
    hear(...acknowledge('n2', term, 2));
    expect(first.answer).toBe(undefined);
    hear(...acknowledge('n3', term, 2));
    expect(first.answer).toEqual({ ok: true, value: null });
    hear('n4', append(term + 1, 0, 0));
    expect(second.answer).toEqual({ ok: false, error: 'lost-leadership' });
    expect(ask(write(3)).answer).toEqual({ ok: false, error: 'not-leader', leader: 'n4' });
  });

  test('answers a read when an entry of its term is committed and a round begun after the read is confirmed', () => {
    const { hear, ask, said, win, sync } = replica();
    const term = win();
    sync();
    const early = ask({ op: 'read', key: 'k' });
    const { round } = said('append').at(-1) as Append;
    for (const from of ['n2', 'n3']) hear(...acknowledge(from, term, 0, round));
    expect(early.answer).toBe(undefined);
    for (const from of ['n2', 'n3']) hear(...acknowledge(from, term, 1, round));
    expect(early.answer).toEqual({ ok: true, value: null });
    const late = ask({ op: 'read', key: 'k' });
    // Answers to the round before, come late or doubled, prove nothing about now.
    for (const from of ['n2', 'n3', 'n4']) hear(...acknowledge(from, term, 1, round));
    expect(late.answer).toBe(undefined);
    const next = (said('append').at(-1) as Append).round;
    hear(...acknowledge('n2', term, 1, next));
    expect(late.answer).toBe(undefined);
    hear(...acknowledge('n3', term, 1, next));
    expect(late.answer).toEqual({ ok: true, value: null });
  });

  test('steps down when it hears no majority for an election timeout; without the prevention it leads on', () => {
    for (const [variant, role] of [
      [{}, 'follower'],
      [{ checkQuorum: false }, 'leader'],
    ] as const) {
      const { hear, win, state, wait } = replica({ variant });
      const term = win();
      for (let passed = 0; passed < 500; passed += 100) {
        hear(...acknowledge('n2', term, 0));
        wait(100);
      }
      expect(state().role).toBe(role);
    }
  });

  test('skips a whole term at a time on its way back to where the logs agree', () => {
    const { hear, said, win, sync } = replica();
    hear('n2', append(5, 0, 0, [entry(1, 1), entry(2, 4), entry(3, 4), entry(4, 5)]));
    sync();
    const term = win();
    sync();
    said('append');
    const reject = (prev: number, hint: number, hintTerm: number): void =>
      hear('n2', { type: 'append-reply', term, round: 0, ok: false, prev, hint, hintTerm });
    // It has 1 1 2 2: of term 2 the leader knows nothing, so the whole term is skipped.
    reject(4, 3, 2);
    expect(said('append')).toMatchObject([{ to: 'n2', prev: 2, prevTerm: 4, entries: [{ index: 3 }] }]);
    // Then term 1, which the leader has: it goes on behind its own last entry of it.
    reject(2, 1, 1);
    expect(said('append')).toMatchObject([{ to: 'n2', prev: 1, prevTerm: 1, entries: [{ index: 2 }, { index: 3 }] }]);
    // The first answer once more: it speaks of a question that is no longer open.
    reject(4, 3, 2);
    expect(said('append')).toEqual([]);
  });

  test('answers a retry of what is applied at once, and performs it once', () => {
    const { hear, ask, win, sync, state } = replica();
    const term = win();
    ask(write(1));
    sync();
    for (const from of ['n2', 'n3']) hear(...acknowledge(from, term, 2));
    const { lastIndex } = state();
    expect(ask(write(1)).answer).toEqual({ ok: true, value: null });
    expect(state().lastIndex).toBe(lastIndex);
  });

  test('refuses more proposals than it may have under way', () => {
    const { ask, win } = replica({ variant: { maxPending: 1 } });
    win();
    expect(ask(write(1)).answer).toBe(undefined);
    expect(ask(write(2)).answer).toEqual({ ok: false, error: 'overloaded' });
  });
});

test('a node that has just started says nothing before what it found is safe', () => {
  const { disk, sync } = slowDisk();
  const sent: unknown[] = [];
  const environment = {
    ...{ self: 'n1', nodes, roles: {}, disk, random: createRandom(1), note: () => {} },
    clock: { now: () => 0, monotonic: () => 0 },
    timers: { set: () => {}, cancel: () => {} },
    network: { send: (_: string, body: Json) => void sent.push(body) },
    metrics: { add: () => {}, set: () => {} },
    mark: () => {},
  };
  const node = consensusNode(environment, reference);
  node.start();
  node.onMessage('n2', append(1, 0, 0));
  expect(sent).toEqual([]);
  expect(node.inspect()).toEqual({ role: 'starting' });
  sync();
  node.onMessage('n2', append(1, 0, 0));
  sync();
  expect(sent).toMatchObject([{ type: 'append-reply', ok: true }]);
});
