/**
 * Porcupine as a process beside ours: builds `bench/porcupine-go`, and asks it to load and run histories, one line of JSON
 * each. Where Go (or the module, without a network) is missing there is no process, and the bench runs alone.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Operation } from 'porcupine-ts';

export interface PorcupineGo {
  load(name: string, format: 'jepsen' | 'kv' | 'generated', path: string): Promise<void>;
  /** `ms` is undefined, and `verdict` says why, when the process gave up its life for the machine's memory. */
  run(name: string, timeoutMs?: number): Promise<{ verdict: string; ms: number | undefined }>;
  close(): void;
}

const folder = mkdtempSync(join(tmpdir(), 'porcupine-go-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The path of the program, or in one line why there is none. */
export function buildPorcupineGo(): { program: string } | { missing: string } {
  const cwd = fileURLToPath(new URL('../porcupine-go', import.meta.url));
  const program = join(folder, 'porcupine-go');
  const { error, status, stderr } = spawnSync('go', ['build', '-o', program, '.'], { cwd, encoding: 'utf8' });
  if (error) return { missing: `Go is missing here (${error.message}), so porcupine-ts runs alone.` };
  if (status !== 0) {
    return {
      missing: `Go could not build bench/porcupine-go (${stderr.trim().split('\n').at(-1)}): porcupine-ts runs alone.`,
    };
  }
  return { program };
}

export function startPorcupineGo(program: string): PorcupineGo {
  const child: ChildProcessWithoutNullStreams = spawn(program, [], { stdio: 'pipe' });
  const waiting: ((line: string | undefined) => void)[] = [];
  let isOver = false;
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(line));
  child.stderr.resume();
  child.on('close', () => {
    isOver = true;
    for (const answer of waiting.splice(0)) answer(undefined);
  });

  const ask = (request: object): Promise<Answer | undefined> =>
    new Promise((resolve) => {
      if (isOver) return resolve(undefined);
      waiting.push((line) => resolve(line === undefined ? undefined : (JSON.parse(line) as Answer)));
      child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  return {
    async load(name, format, path) {
      const answer = await ask({ load: name, format, path });
      if (answer?.error !== undefined) throw new Error(`Porcupine could not load ${path}: ${answer.error}`);
    },
    async run(name, timeoutMs = 0) {
      const answer = await ask({ run: name, timeoutMs });
      if (answer === undefined || answer.error) return { verdict: answer?.error ?? 'died', ms: undefined };
      return { verdict: answer.verdict, ms: answer.nanoseconds / 1e6 };
    },
    close: () => child.stdin.end(),
  };
}

interface Answer {
  readonly verdict: string;
  readonly nanoseconds: number;
  readonly error?: string;
}

const actionCodes: Record<string, number> = {
  read: 0,
  write: 1,
  enqueue: 1,
  push: 1,
  add: 1,
  cas: 2,
  remove: 2,
  dequeue: 3,
  pop: 3,
  contains: 4,
};

/** Writes a generated history, whose times are all different, for the program to load; returns the path. */
export function writeForPorcupine(kind: string, operations: readonly Operation[]): string {
  const lines: string[] = [];
  operations.forEach(({ input, output, call, return: returned }, id) => {
    const { action, value, from, to } = input as Record<string, unknown>;
    lines[call] = `c ${id} ${actionCodes[action as string]} ${value ?? from ?? 0} ${to ?? 0}`;
    if (returned !== undefined) lines[returned] = `r ${id} ${output === null ? 'nil' : Number(output ?? 0)}`;
  });
  const path = join(folder, `${kind}.txt`);
  writeFileSync(path, `${kind}\n${lines.filter((line) => line !== undefined).join('\n')}\n`);
  return path;
}
