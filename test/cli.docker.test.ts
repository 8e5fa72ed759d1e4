/** The built program with containers: the same findings as in the simulator, and nothing left however it ends. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { connectEngine, ownerLabel, runLabel } from '../harness/docker/engine.ts';
import { splitOwner } from '../harness/docker/owner.ts';
import { run, start } from './testing/program.ts';

const engine = connectEngine();
const folder = mkdtempSync(join(tmpdir(), 'pitchpole-docker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything on this machine that the process made. */
async function thingsOf(pid: number | undefined): Promise<string[]> {
  const filters = { label: [runLabel] };
  const [containers, networks, volumes] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  const things = [
    ...containers.map(({ Names, Labels }) => ({ name: Names[0] ?? '', labels: Labels })),
    ...networks.map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} })),
    ...(volumes.Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} })),
  ];
  return things.filter(({ labels }) => splitOwner(labels[ownerLabel] ?? '')[1] === pid).map(({ name }) => name);
}

const histories = (out: string): string[] =>
  existsSync(out)
    ? readdirSync(out, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.jsonl'))
        .map((name) => join(out, name))
    : [];

/** A long run of etcd whose first fault stands: its process, and the file in which its history grows. */
async function inMidFault(out: string) {
  const words = ['run', 'etcd/split-brain', '-w', 'docker', '--workload', 'register', '--seed', '5', '--out', out];
  const started = start(words, folder);
  const standing = (): string | undefined =>
    histories(out).find((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      const count = (kind: string): number => lines.filter((line) => line.startsWith(`{"t":"${kind}"`)).length;
      return count('strike') > count('heal');
    });
  await expect.poll(standing, { timeout: 90_000, interval: 50 }).toBeDefined();
  expect((await thingsOf(started.child.pid)).length).toBeGreaterThan(4);
  return { ...started, file: standing() ?? histories(out)[0] ?? '' };
}

test('finds on containers what it finds in the simulator, and leaves nothing behind', async () => {
  const { code, out, err } = await run(['run', 'consensus/unsynced-log', '-w', 'docker', '--seed', '1'], folder);
  expect(out + err).toMatch(/✓ consensus\/unsynced-log +reproduced/);
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/^report {2}.+index\.html$/);
  expect(code).toBe(0);
});

describe('in mid-fault', () => {
  test('an interrupt mends, writes the report, removes everything and ends with 130', async () => {
    const { child, ended } = await inMidFault(join(folder, 'interrupted'));
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(await thingsOf(child.pid)).toEqual([]);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^report {2}.+index\.html$/);
    expect(code).toBe(130);
  });

  test('after kill -9 everything is gone within 30 s, and the history so far can be checked', async () => {
    const { child, ended, file } = await inMidFault(join(folder, 'killed'));
    child.kill('SIGKILL');
    await ended;
    await expect.poll(() => thingsOf(child.pid), { timeout: 30_000, interval: 250 }).toEqual([]);
    // Whether it recovered in time cannot be said of a history that ends in mid-fault; whether it is linearizable can.
    const { code, out } = await run(['check', '--model', 'cas-register', file], folder);
    expect(out).toMatch(/^valid {2,}.+ operations on \d+ keys: linearizable as cas-register$/m);
    expect(code).toBe(0);
  });
});
