/**
 * The machine of one node: its folder, its log, and its process, which is started, greeted, killed and started again.
 *
 * The one surprise: faults are counted, as in the simulator. What two faults hold down starts when the second lets go,
 * and what is started while a fault pauses it is paused before it could say a word.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { HarnessError } from '../core/errors.ts';
import type { JsonObject, NodeEvent, NodeId } from '../core/types.ts';
import type { Letter } from './message.ts';
import { readLetter, tooLong } from './message.ts';
import { type Program, startProgram } from './program.ts';
import { markVariable, type Watchdog } from './watchdog.ts';

export interface Machine {
  readonly id: NodeId;
  /** Its place in the cluster's list. */
  readonly index: number;
  /** Counts its lives. */
  incarnation(): number;
  /** It runs and was greeted. */
  up(): boolean;
  paused(): boolean;
  /** Of the running process, for evidence. */
  process(): Program | undefined;
  /** Hands it a message; false where nobody is there to take it. */
  deliver(from: string, body: JsonObject): boolean;
  /** The first start. @throws HarnessError where it does not come up. */
  boot(): Promise<void>;
  /** Ends the process, for as long as this and every other `down` is not taken back. Says how it ended. */
  down(how: 'SIGKILL' | 'SIGTERM'): Promise<string>;
  /** Takes one `down` back; says what came of it. */
  release(): Promise<{ readonly took: boolean; readonly how: string }>;
  /** Everything in its folder is gone. */
  wipe(): void;
  pause(): boolean;
  resume(): boolean;
  /** The connections of its clients break; says how many requests were open. */
  resetClients(): number;
  /** Kills the process; resolves when it is gone, which takes the watchdog where something that it started has run off. */
  close(): Promise<void>;
}

export interface MachineOptions {
  readonly id: NodeId;
  readonly index: number;
  readonly command: readonly [program: string, ...words: string[]];
  readonly folder: string;
  readonly logFile: string;
  readonly mark: string;
  readonly watchdog: Watchdog;
  /** What it says to others. */
  said(letter: Letter): void;
  /** Asks the node as the harness itself; resolves with the answer's body. */
  ask(body: JsonObject): Promise<JsonObject>;
  /** What it is told after each start, beginning with `init`. */
  greetings(): readonly JsonObject[];
  event(kind: NodeEvent['kind'], name?: string): void;
  /** What the node did is wrong, and the run cannot go on. */
  failed(error: unknown): void;
  /** Nobody will answer the requests that it had: says how many there were. */
  forget(): number;
}

/** How long a process may take to answer its greeting: a JVM on a busy machine takes seconds. */
const patienceMs = 20_000;
/** How long a process that was asked to end may take. */
const graceMs = 5000;

export function createMachine(options: MachineOptions): Machine {
  const { id, index, folder, watchdog, event } = options;
  let program: Program | undefined;
  let life = 0;
  let ready = false;
  let downs = 0;
  let pauses = 0;
  let closed = false;
  mkdirSync(folder, { recursive: true });
  const log = openSync(options.logFile, 'a');

  const start = (): { program: Program; greeted: Promise<void> } => {
    life++;
    const started = startProgram({
      ...{ command: options.command, folder, log },
      environment: { ...process.env, [markVariable]: options.mark },
      line(text, number, whole) {
        if (closed) return;
        try {
          if (!whole) throw tooLong(id, text, number);
          options.said(readLetter(id, text, number));
        } catch (error) {
          options.failed(error);
        }
      },
    });
    program = started;
    watchdog.guard(started.id);
    void started.ended.then((how) => {
      watchdog.release(started.id);
      if (program !== started) return;
      program = undefined;
      ready = false;
      options.forget();
      // Nobody killed it: it went by itself.
      if (!closed && downs === 0) event('crashed', `${how}; its last words: ${lastWords(options.logFile)}`);
    });
    if (pauses > 0) started.signal('SIGSTOP');
    return { program: started, greeted: greet(started) };
  };

  const greet = async (started: Program): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(resolve, patienceMs, `did not answer within ${patienceMs / 1000} s`);
    });
    try {
      for (const greeting of options.greetings()) {
        const failure = await Promise.race([options.ask(greeting).then(() => undefined), started.ended, late]);
        if (failure !== undefined) throw notUp(id, String(greeting.type), failure, options.logFile);
      }
      if (program !== started) return;
      ready = true;
      event('started');
    } finally {
      clearTimeout(timer);
    }
  };

  const end = async (how: 'SIGKILL' | 'SIGTERM'): Promise<string> => {
    const ending = program;
    if (ending === undefined) return 'was not running';
    ready = false;
    ending.signal(how);
    // A stopped process does not hear that it shall end.
    if (how === 'SIGTERM' && pauses > 0) ending.signal('SIGCONT');
    let timer: NodeJS.Timeout | undefined;
    if (how === 'SIGTERM') timer = setTimeout(() => ending.signal('SIGKILL'), graceMs);
    const said = await ending.ended;
    clearTimeout(timer);
    event(how === 'SIGKILL' ? 'killed' : 'stopped');
    return `process ${ending.id} ${said}`;
  };

  return {
    id,
    index,
    incarnation: () => life,
    up: () => ready && program !== undefined,
    paused: () => pauses > 0,
    process: () => program,
    deliver: (from, body) => program?.send(JSON.stringify({ src: from, dest: id, body })) ?? false,
    boot: () => start().greeted,
    down(how) {
      downs++;
      return end(how);
    },
    async release() {
      downs--;
      if (downs > 0) return { took: true, how: 'another fault still holds it down' };
      if (closed || program !== undefined) return { took: true, how: 'it runs' };
      const began = performance.now();
      const started = start();
      if (pauses > 0) {
        started.greeted.catch(() => {});
        return { took: true, how: `process ${started.program.id} is started, and paused by another fault` };
      }
      try {
        await started.greeted;
      } catch (error) {
        return { took: false, how: error instanceof Error ? error.message : String(error) };
      }
      const took = Math.round(performance.now() - began);
      return { took: true, how: `process ${started.program.id} answered its greeting after ${took} ms` };
    },
    wipe() {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    },
    pause() {
      pauses++;
      event('paused');
      return program?.signal('SIGSTOP') ?? true;
    },
    resume() {
      pauses--;
      if (pauses > 0) return true;
      event('resumed');
      return program?.signal('SIGCONT') ?? true;
    },
    resetClients: () => options.forget(),
    async close() {
      closed = true;
      ready = false;
      const last = program;
      last?.signal('SIGKILL');
      closeSync(log);
      await last?.ended;
    },
  };
}

function notUp(id: NodeId, greeting: string, failure: string, logFile: string): HarnessError {
  return new HarnessError({
    code: failure.startsWith('could not be started') ? 'missing' : 'bad-input',
    message: `${id} did not come up: on \`${greeting}\` it ${failure}. Its last words: ${lastWords(logFile)}`,
    hint: `A node answers \`init\` with \`init_ok\`. All that it said is in ${logFile}.`,
  });
}

/** The last lines of a log, on one line. */
function lastWords(file: string): string {
  if (!existsSync(file)) return 'none.';
  const { size } = statSync(file);
  const length = Math.min(size, 2000);
  if (length === 0) return 'none.';
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, length, size - length);
  } finally {
    closeSync(descriptor);
  }
  const lines = bytes.toString('utf8').trim().split('\n').slice(-6);
  return lines.map((line) => line.trim()).join(' | ');
}

/** `T` for a stopped process, from proc(5); undefined where there is no /proc. */
export function stateOf(process: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}
