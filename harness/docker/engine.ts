/**
 * The one place that knows the engine's client library: how to reach it, the labels that mark what is ours, and what to
 * tell a user when it does not answer.
 *
 * The surprise: the socket has two paths. One is where this process finds the engine; the other is where the engine's
 * own machine has it, which is what the fault agent's container mounts. They differ on Docker Desktop.
 */
import { once } from 'node:events';
import Docker from 'dockerode';
import { HarnessError } from '../core/errors.ts';
import { reason } from './agent/words.ts';

export type Engine = Docker;

/** Everything that a run makes bears its id under this label; all cleaning goes by it. */
export const runLabel = 'pitchpole.run';
/** Which process started the run, as `host:pid:start time`, so that the living are left alone. */
export const ownerLabel = 'pitchpole.owner';
/** `agent`, or the id of the node that lives in the container. */
export const partLabel = 'pitchpole.part';
/** Marks images; its value is the recipe's name. */
export const imageLabel = 'pitchpole.image';

export const connectEngine = (): Engine => new Docker();

/** The engine's version, or an error that says what to do. */
export async function requireEngine(engine: Engine): Promise<{ version: string; apiVersion: string }> {
  try {
    const { Version, ApiVersion } = await engine.version();
    return { version: Version, apiVersion: ApiVersion };
  } catch (cause) {
    throw new HarnessError({
      code: 'missing',
      message: `No Docker engine answers (${reasonOf(cause)}).`,
      hint: 'Start Docker, and let this user speak to it (`sudo usermod -aG docker $USER`), then run `pitchpole doctor`.',
      cause,
    });
  }
}

/** Where the engine's machine has its socket: given to containers that speak to the engine. */
export function engineSocket(environment: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const host = environment.DOCKER_HOST ?? '';
  // Docker Desktop and remote engines run in a machine of their own, and there it is always the usual place.
  return platform === 'linux' && host.startsWith('unix://') ? host.slice('unix://'.length) : '/var/run/docker.sock';
}

/** One line of an error's text, without the library's decoration; of a program that failed, its own words. */
export function reasonOf(error: unknown): string {
  const message = reason(error);
  const code = statusOf(error);
  const text =
    message
      .replace(/^\(HTTP code \d+\) [^-]*- /, '')
      .split('\n')[0]
      ?.trim() ?? '';
  return code === undefined ? text : `docker said ${code}: ${text}`;
}

export const statusOf = (error: unknown): number | undefined =>
  typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;

/** Swallows "there is no such thing" and "its removal is already under way": what should be gone is gone. */
export async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const status = statusOf(error);
    if (status !== 404 && !(status === 409 && /already in progress/.test(String(error)))) throw error;
  }
}

/** Reads the engine's stream of progress messages to its end; rejects with the error among them. */
export async function drain(stream: NodeJS.ReadableStream, progress?: (text: string) => void): Promise<void> {
  let failure: string | undefined;
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const message = JSON.parse(line) as { error?: string; stream?: string; status?: string };
      if (message.error !== undefined) failure = message.error;
      const text = (message.stream ?? message.status)?.trim();
      if (text) progress?.(text);
    }
  });
  await once(stream, 'end');
  if (failure !== undefined) throw new Error(failure);
}
