/**
 * One node as its container: created once, started and struck many times. Its output is read as it comes, so that what
 * a node noted before it was killed is in the history.
 *
 * The surprise: its published port changes with every start, and while it is down it has none at all; a port that it
 * had may by then belong to another node.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { NodeId } from '../core/types.ts';
import type { Engine } from './engine.ts';

export interface ContainerNode {
  readonly id: NodeId;
  readonly container: Docker.Container;
  /** On the private network. */
  readonly address: string;
  /** Counts starts: a command given to one process is not in force in the next. */
  incarnation(): number;
  running(): boolean;
  /** Host port on loopback for a container port; undefined while the node is down. */
  port(containerPort: number): number | undefined;
  start(): Promise<void>;
  /** From now on its end is our doing, not a crash. */
  expectEnd(): void;
  /** Resolves when the engine knows that it has ended. */
  ended(): Promise<void>;
  /** The last lines that it wrote. */
  lastWords(): string;
}

export interface NodeListener {
  /** A line on stdout. */
  line(node: NodeId, text: string): void;
  /** It ended, and nobody had expected it to. */
  crashed(node: NodeId, lastWords: string): void;
}

const remembered = 5;

export function createContainerNode(
  engine: Engine,
  id: NodeId,
  container: Docker.Container,
  address: string,
  listener: NodeListener,
): ContainerNode {
  let incarnation = 0;
  let expected = true;
  let running = false;
  let mapping = new Map<number, number>();
  let last: string[] = [];
  let ended: Promise<void> = Promise.resolve();

  const listen = async (): Promise<void> => {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const [out, err] = [new PassThrough(), new PassThrough()];
    engine.modem.demuxStream(stream, out, err);
    stream.on('error', () => {});
    const lines = [out, err].map((source) => createInterface({ input: source }));
    lines[0]?.on('line', (text) => listener.line(id, text));
    for (const reader of lines) {
      reader.on('line', (text) => {
        last = [...last.slice(1 - remembered), text];
      });
    }
    ended = new Promise((resolve) => {
      const end = (): void => {
        out.end();
        err.end();
        running = false;
        mapping = new Map();
        resolve();
      };
      stream.once('end', end).once('close', end);
    });
    const current = ++incarnation;
    void ended.then(async () => {
      // The readers still have the last lines to hand out.
      await sleep(20);
      if (!expected && current === incarnation) listener.crashed(id, last.at(-1) ?? '');
    });
  };

  return {
    id,
    container,
    address,
    incarnation: () => incarnation,
    running: () => running,
    port: (containerPort) => mapping.get(containerPort),
    async start() {
      last = [];
      await listen();
      // From before the start: another fault may strike it before the engine has told us that it runs.
      expected = false;
      await container.start();
      running = true;
      const { NetworkSettings, State } = await container.inspect();
      if (!State.Running) return;
      mapping = new Map();
      for (const [name, bound] of Object.entries(NetworkSettings.Ports ?? {})) {
        const host = bound?.[0]?.HostPort;
        if (host !== undefined) mapping.set(Number.parseInt(name, 10), Number(host));
      }
    },
    expectEnd() {
      expected = true;
    },
    async ended() {
      await ended;
      await container.wait();
    },
    lastWords: () => last.join('\n'),
  };
}

/** Whether anybody accepts connections there. */
export function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.setTimeout(500, () => finish(false));
    socket.once('connect', () => finish(false)).once('error', () => finish(true));
  });
}
