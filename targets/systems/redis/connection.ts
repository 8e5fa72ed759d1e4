/**
 * A connection to Redis by its own client library, which is not among our dependencies: it is loaded when a run first needs
 * it, and whoever has not installed it is told how.
 *
 * The surprise is all that is turned off. By itself the library queues commands while it is not connected, connects again
 * and sends them then; a client under test does nothing in silence.
 */
// Not `createRequire` by its name: the program of the containers, which knows all targets, begins with that one already.
import nodeModule from 'node:module';
import { HarnessError } from '../../../harness/core/errors.ts';

/** By a name that bundlers do not follow: the library stays out of the program that runs in containers. */
const library: string = '@redis/client';

/** Long beside an answer, short beside a fault. */
const timeoutMs = 1000;

export interface Connection {
  /** Sends one command and waits for its answer. */
  send(...words: readonly string[]): Promise<unknown>;
  /** Ends it at once. */
  end(): void;
}

/** @throws HarnessError where the client library is not installed. */
export function needLibrary(name: string = library): void {
  try {
    nodeModule.createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new HarnessError({
      code: 'missing',
      message: `The target redis needs the package ${name}, which is not installed.`,
      hint: `Run \`npm install ${name}\`.`,
      cause,
    });
  }
}

/** @param address `host:port`. Rejects where nobody answers there in time. */
export async function connect(address: string): Promise<Connection> {
  needLibrary();
  const { createClient } = (await import(library)) as typeof import('@redis/client');
  const [host = '', port = ''] = address.split(':');
  const client = createClient({
    socket: { host, port: Number(port), connectTimeout: timeoutMs, reconnectStrategy: false },
    disableOfflineQueue: true,
  });
  // Whoever waits for an answer is told by its rejection; without a listener the process would end of it.
  client.on('error', () => {});
  const end = (): void => {
    if (client.isOpen) client.destroy();
  };
  try {
    await inTime(client.connect());
  } catch (error) {
    end();
    throw error;
  }
  return { send: (...words) => inTime(client.sendCommand(words)), end };
}

/** The library's own time-out ends when a command has been written, and not when it is answered. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
