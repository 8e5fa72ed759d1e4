import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { fateOf, owner, splitOwner } from './owner.ts';
import { stateOf } from './sweep.ts';

describe('an owner', () => {
  test('is alive while its process is', () => {
    expect(fateOf(owner())).toBe('alive');
  });

  test('is dead when another process has its number now', () => {
    const [host, pid, start] = splitOwner(owner());
    expect(fateOf(`${host}:${pid}:${start + 1}`)).toBe('dead');
  });

  test('is dead when nobody has its number', () => {
    // Beyond what the kernel gives out.
    expect(fateOf(`${hostname()}:${2 ** 22 + 1}:7`)).toBe('dead');
  });

  test('cannot be judged from another machine, nor from a label that is not ours', () => {
    expect(fateOf('elsewhere:1:1')).toBe('unknown');
    expect(fateOf('')).toBe('unknown');
  });
});

describe('what a run left', () => {
  const part = (agent: boolean, running: boolean, created = 1000) =>
    ({ kind: 'container', name: 'x', agent, running, created }) as const;
  const dead = `${hostname()}:${2 ** 22 + 1}:7`;

  test('is never touched while its controller lives', () => {
    expect(stateOf(owner(), [part(false, true)])).toBe('alive');
  });

  test('is left to its agent while that is at work', () => {
    expect(stateOf(dead, [part(true, true), part(false, true)])).toBe('healing');
  });

  test('is swept when controller and agent are gone', () => {
    expect(stateOf(dead, [part(true, false), part(false, true)])).toBe('dead');
  });

  test('of another machine is given a minute to bring up its agent', () => {
    expect(stateOf('elsewhere:1:1', [part(false, true, 1000)], 1030)).toBe('alive');
    expect(stateOf('elsewhere:1:1', [part(false, true, 1000)], 1090)).toBe('dead');
  });
});
