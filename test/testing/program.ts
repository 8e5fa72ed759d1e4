/** The built program as a process of its own, as a person starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const program = fileURLToPath(new URL('../../dist/harness/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard output or standard error has said it, rejects when the program ends without. */
  said(text: string): Promise<void>;
}

/** Starts `pitchpole …words` in `folder`. The caller's own PITCHPOLE_ and colour variables do not reach it. */
export function start(words: readonly string[], folder: string, variables: Record<string, string> = {}): Started {
  if (!existsSync(program)) throw new Error('There is no dist: run `npm run build` first.');
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(PITCHPOLE_|NO_COLOR|FORCE_COLOR|CI$)/.test(name),
  );
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  const heard = (): void => {
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    heard();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        const listen = (): void => {
          if (!out.includes(text) && !err.includes(text)) return;
          listeners.delete(listen);
          resolve();
        };
        listeners.add(listen);
        void ended.then(() => reject(new Error(`it ended without saying "${text}":\n${out}\n${err}`)));
        listen();
      }),
  };
}

export const run = (words: readonly string[], folder: string, variables: Record<string, string> = {}): Promise<Ended> =>
  start(words, folder, variables).ended;
