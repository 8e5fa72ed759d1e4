import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { engineSocket, reasonOf } from './engine.ts';
import { createFiles } from './entry/files.ts';
import { createTimers } from './entry/timers.ts';
import { exposition } from './entry.ts';
import { tarball } from './tarball.ts';

describe('an archive', () => {
  test('is what tar itself unpacks, bytes and modes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pitchpole-tar-'));
    try {
      const long = 'x'.repeat(1025);
      writeFileSync(
        join(folder, 'a.tar'),
        tarball([
          { name: 'sub/one', bytes: long },
          { name: 'two', bytes: '', mode: 0o755 },
        ]),
      );
      execFileSync('tar', ['-C', folder, '-xf', join(folder, 'a.tar')]);
      expect(readFileSync(join(folder, 'sub/one'), 'utf8')).toBe(long);
      expect(statSync(join(folder, 'two')).mode & 0o777).toBe(0o755);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('refuses a name that the format would cut off', () => {
    expect(() => tarball([{ name: 'n'.repeat(101), bytes: '' }])).toThrow('name too long');
  });
});

describe('the engine', () => {
  test('has its socket where this user’s engine has it, and on other machines in the usual place', () => {
    expect(engineSocket({ DOCKER_HOST: 'unix:///run/user/7/docker.sock' }, 'linux')).toBe('/run/user/7/docker.sock');
    expect(engineSocket({ DOCKER_HOST: 'unix:///Users/me/.docker/run/docker.sock' }, 'darwin')).toBe(
      '/var/run/docker.sock',
    );
    expect(engineSocket({ DOCKER_HOST: 'tcp://10.0.0.1:2375' }, 'linux')).toBe('/var/run/docker.sock');
    expect(engineSocket({}, 'linux')).toBe('/var/run/docker.sock');
  });

  test('is quoted without its library’s decoration', () => {
    const error = Object.assign(new Error('(HTTP code 404) no such container - No such image: x:1 '), {
      statusCode: 404,
    });
    expect(reasonOf(error)).toBe('docker said 404: No such image: x:1');
    expect(reasonOf(new Error('connect ENOENT\nat somewhere'))).toBe('connect ENOENT');
  });
});

describe('inside a node’s container', () => {
  test('metrics are Prometheus text, and other names are made to fit', () => {
    const metrics = new Map([
      ['consensus_leader_elections_total', 3],
      ['p99 (ms)', 1.5],
    ]);
    expect(exposition(metrics)).toBe('consensus_leader_elections_total 3\np99__ms_ 1.5\n');
  });

  test('syncs of one file complete in their order, each after the handler that asked for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pitchpole-files-'));
    try {
      const disk = createFiles(folder, (handler) => handler());
      const order: string[] = [];
      await new Promise<void>((resolve) => {
        for (const name of ['first', 'second', 'third']) {
          disk.append('log', new Uint8Array([1]));
          disk.sync('log', () => {
            order.push(name);
            if (name === 'third') resolve();
          });
        }
        order.push('handler ended');
      });
      expect(order).toEqual(['handler ended', 'first', 'second', 'third']);
      expect(disk.read('log')).toEqual(new Uint8Array([1, 1, 1]));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('what is not there cannot be truncated, renamed or removed, as in the simulator', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pitchpole-files-'));
    try {
      const disk = createFiles(folder, (handler) => handler());
      expect(() => disk.truncate('x', 0)).toThrow();
      expect(() => disk.rename('x', 'y')).toThrow();
      expect(() => disk.remove('x')).toThrow();
      disk.append('../escape', new Uint8Array([1]));
      expect(disk.list()).toEqual(['../escape']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a timer that is set again rings once, and not before its time', async () => {
    const timers = createTimers((handler) => handler());
    const began = performance.now();
    const rang: number[] = [];
    timers.set('gone', 1_000_000, () => rang.push(-1));
    timers.cancel('gone');
    timers.set('again', 1_000_000, () => rang.push(-2));
    await new Promise<void>((resolve) => {
      timers.set('again', 30_000_000, () => {
        rang.push(performance.now() - began);
        resolve();
      });
    });
    expect(rang).toHaveLength(1);
    expect(rang[0]).toBeGreaterThanOrEqual(30);
  });
});
