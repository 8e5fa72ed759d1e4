/**
 * One life of a node's process: started in a group of its own, spoken to by lines, ended by signals to the whole group.
 *
 * The one surprise: its end is told only when its standard output has been read to the end, since what it printed before
 * it died had been sent.
 */
import { spawn } from 'node:child_process';
import { longestLine } from './message.ts';

export interface Program {
  /** Of the process, and of its group. */
  readonly id: number;
  /** False where the pipe is broken or holds more than it may: the line is lost. */
  send(line: string): boolean;
  /** To the whole group; false where it is gone. */
  signal(signal: NodeJS.Signals): boolean;
  /** How it ended, in words: `exited with code 1`, `ended by SIGKILL`, `could not be started (ENOENT)`. */
  readonly ended: Promise<string>;
}

export interface ProgramOptions {
  readonly command: readonly [program: string, ...words: string[]];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** File descriptor that standard error is written to, by the kernel: a log that no busy controller can lose. */
  readonly log: number;
  /** Each line of standard output, with its number from 1; `whole` is false where it was longer than may be. */
  line(text: string, number: number, whole: boolean): void;
}

/** How long the output of a dead process is read on, where something that it started still holds it. */
const strayMs = 500;
/** What may wait for a process that does not read: a paused one must not take all memory. */
const longestQueue = 32_000_000;

export function startProgram({ command, folder, environment, log, line }: ProgramOptions): Program {
  const [file, ...words] = command;
  const child = spawn(file, words, {
    cwd: folder,
    env: environment,
    // A session and a group of its own: a signal reaches what it has started too, and Ctrl-C at the terminal does not.
    detached: true,
    stdio: ['pipe', 'pipe', log],
  });
  const { pid, stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('a process without standard input or output');
  readLines(stdout.setEncoding('utf8'), line);
  stdin.on('error', () => {});
  const signal = (name: NodeJS.Signals): boolean => {
    if (pid === undefined) return false;
    try {
      return process.kill(-pid, name);
    } catch {
      return false;
    }
  };
  const ended = new Promise<string>((resolve) => {
    let how = 'ended';
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (pid === undefined) resolve(`could not be started (${error.code ?? error.message})`);
    });
    child.on('exit', (code, name) => {
      how = name === null ? `exited with code ${code}` : `ended by ${name}`;
      // What it has started and not waited for would keep its standard output open, and so would what has left the group.
      signal('SIGKILL');
      setTimeout(() => stdout.destroy(), strayMs).unref();
    });
    child.on('close', () => resolve(how));
  });
  return {
    id: pid ?? 0,
    send(text) {
      if (!stdin.writable || stdin.writableLength > longestQueue) return false;
      stdin.write(`${text}\n`);
      return true;
    },
    signal,
    ended,
  };
}

function readLines(stream: NodeJS.ReadableStream, line: ProgramOptions['line']): void {
  let rest = '';
  let number = 0;
  let skipping = false;
  const give = (text: string, whole: boolean): void => {
    number++;
    if (text.trim() !== '') line(text, number, whole);
  };
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const whole of lines) {
      if (skipping) skipping = false;
      else give(whole, whole.length <= longestLine);
    }
    if (rest.length <= longestLine) return;
    if (!skipping) give(rest, false);
    skipping = true;
    rest = '';
  });
}
