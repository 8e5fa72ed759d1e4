import { describe, expect, it } from 'vitest';
import { HarnessError } from '../core/errors.ts';
import { createRandom } from '../core/random.ts';
import type { JsonObject } from '../core/types.ts';
import { createAgenda } from './agenda.ts';
import { commandOf } from './command.ts';
import { readLetter } from './message.ts';
import { createServices, type Service } from './services.ts';

describe('the command of a node', () => {
  it('is words, and a file among them is the one where the person stands', () => {
    const folder = new URL('../..', import.meta.url).pathname;
    expect(commandOf('python3 package.json --seed 7', folder)).toEqual([
      'python3',
      `${folder}package.json`,
      '--seed',
      '7',
    ]);
  });

  it('is a bare name where PATH decides, though a folder here has that name', () => {
    const folder = new URL('../..', import.meta.url).pathname;
    expect(commandOf('harness', folder)).toEqual(['harness']);
    expect(commandOf('./harness', folder)).toEqual([`${folder}harness`]);
  });

  it('keeps blanks between quotation marks and after a backslash', () => {
    expect(commandOf(`node -e 'a "b" c' "d e" f\\ g ''`, '/')).toEqual(['node', '-e', 'a "b" c', 'd e', 'f g', '/']);
  });

  it.each([
    ['  ', /--bin is empty/],
    ['node "a', /has a " without its partner/],
  ])('%j is refused', (text, message) => {
    expect(() => commandOf(text, '/')).toThrow(message);
  });
});

describe('a line that is no message', () => {
  it.each([
    ['hello', 'is not JSON: `hello`'],
    ['[1]', 'is not an object'],
    ['{"body":{}}', 'has no `dest`'],
    ['{"dest":"n1","body":[]}', 'has no object `body`'],
  ])('%s is named with its node and number', (line, what) => {
    expect(() => readLetter('n2', line, 7)).toThrow(HarnessError);
    expect(() => readLetter('n2', line, 7)).toThrow(
      `n2 printed a line that is no message: line 7 of its standard output ${what}`,
    );
  });
});

describe('the agenda', () => {
  it('keeps the order of times, and of what was put in for the same time', async () => {
    const agenda = createAgenda();
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      const note = (name: string): void => {
        seen.push(name);
      };
      const start = agenda.now;
      agenda.at(start + 5_200_000, note, 'late');
      agenda.at(start + 5_100_000, note, 'first');
      agenda.at(start + 5_100_000, note, 'second');
      agenda.at(start + 2_000_000, note, 'early');
      agenda.at(start + 6_000_000, resolve, undefined);
    });
    expect(seen).toEqual(['early', 'first', 'second', 'late']);
  });

  it('is never early, and silent once it is cleared', async () => {
    const agenda = createAgenda();
    const due = agenda.now + 3_300_000;
    const came = await new Promise<number>((resolve) => agenda.at(due, () => resolve(agenda.now), undefined));
    expect(came).toBeGreaterThanOrEqual(due);
    let ran = false;
    agenda.at(0, () => (ran = true), undefined);
    agenda.clear();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ran).toBe(false);
  });
});

describe('services', () => {
  const service = (name: string, seed = 1): Service => createServices(createRandom(seed)).get(name) as Service;
  const write = (value: number): JsonObject => ({ type: 'write', key: 'x', value });
  const read: JsonObject = { type: 'read', key: 'x' };

  it('lin-kv reads what was written, compares by content, and says why it does not swap', () => {
    const { handle } = service('lin-kv');
    expect(handle('n1', read)).toMatchObject({ type: 'error', code: 20 });
    expect(handle('n1', { type: 'cas', key: 'x', from: 1, to: 2 })).toMatchObject({ code: 20 });
    expect(handle('n1', { type: 'write', key: 'x', value: { a: 1, b: [2] } })).toEqual({ type: 'write_ok' });
    expect(handle('n2', { type: 'cas', key: 'x', from: { b: [2], a: 1 }, to: 3 })).toEqual({ type: 'cas_ok' });
    expect(handle('n2', { type: 'cas', key: 'x', from: 4, to: 5 })).toMatchObject({ code: 22 });
    expect(handle('n1', read)).toEqual({ type: 'read_ok', value: 3 });
    expect(handle('n1', { type: 'cas', key: 'y', from: 0, to: 1, create_if_not_exists: true })).toEqual({
      type: 'cas_ok',
    });
    expect(handle('n1', { type: 'delete' })).toMatchObject({ code: 10 });
  });

  it('seq-kv may answer from the past, but leads no client back, and shows a client its own writes', () => {
    let stale = 0;
    for (let seed = 0; seed < 50; seed++) {
      const { handle } = service('seq-kv', seed);
      let last = 0;
      for (let value = 1; value <= 20; value++) {
        handle('n1', write(value));
        expect(handle('n1', read)).toEqual({ type: 'read_ok', value });
        const seen = handle('n2', read);
        const held = seen.type === 'error' ? 0 : (seen.value as number);
        expect(held).toBeGreaterThanOrEqual(last);
        if (held < value) stale++;
        last = held;
      }
    }
    expect(stale).toBeGreaterThan(0);
  });

  it('lww-kv forgets, which is what it is for', () => {
    const { handle } = service('lww-kv');
    const read10 = Array.from({ length: 30 }, (_, value) => {
      handle('n1', write(value));
      return handle('n1', read).value === value;
    });
    expect(new Set(read10)).toEqual(new Set([true, false]));
  });

  it('lin-tso counts, and never says a number twice', () => {
    const { handle } = service('lin-tso');
    const said = Array.from({ length: 5 }, () => handle('n1', { type: 'ts' }).ts);
    expect(said).toEqual([0, 1, 2, 3, 4]);
  });
});
