/**
 * Messages between nodes over TCP: each node dials every other one and sends on the connection that it dialled, a line of
 * JSON a message. While a connection is down, or the other side has stopped to read, messages are dropped: the network
 * that nodes are promised loses things, and a queue would turn a cut into a delay.
 *
 * The surprise: TCP itself would do just that. During a cut it goes on to repeat what was sent before, ever more
 * seldom, and delivers it long after the heal. So each connection carries a pulse, and one that gets no echo is broken
 * off, buffers and all; the next dial after the heal gets through at once.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { Json, NodeId } from '../../core/types.ts';
import { freeze } from './freeze.ts';

export interface LinkOptions {
  readonly self: NodeId;
  readonly addresses: Readonly<Record<NodeId, string>>;
  readonly port: number;
  /** Runs in a turn of its own for each message. */
  deliver(from: NodeId, body: Json): void;
}

/** Milliseconds: how often a pulse is sent, how long its echo may take, how long a dial, and the rest between two. */
const times = { pulse: 200, silence: 1000, dial: 250, rest: 50 };
/** Unsent bytes that a connection may hold before messages are dropped. */
const roomiest = 1 << 20;
const [pulse, echo] = ['.', ','];

export function createLinks({ self, addresses, port, deliver }: LinkOptions): { send(to: NodeId, body: Json): void } {
  const senders = new Map<NodeId, (line: string) => void>();
  for (const [node, address] of Object.entries(addresses)) {
    if (node !== self) senders.set(node, dial(self, address, port));
  }
  // Only on the private network's own address.
  createServer({ noDelay: true }, (socket) => receive(socket, deliver)).listen(port, addresses[self]);
  return {
    send(to, body) {
      const text = JSON.stringify(body);
      if (to === self) {
        setImmediate(() => deliver(self, freeze(JSON.parse(text) as Json)));
        return;
      }
      const sender = senders.get(to);
      if (sender === undefined) throw new Error(`there is no node ${to} to send to`);
      sender(text);
    },
  };
}

/** Keeps one connection to a peer for ever, and returns how to send on it. */
function dial(self: NodeId, host: string, port: number): (line: string) => void {
  let live: Socket | undefined;
  const attempt = (): void => {
    const socket = connect({ host, port, noDelay: true });
    let heard = performance.now();
    let looked = heard;
    const deadline = setTimeout(() => socket.destroy(), times.dial);
    const heart = setInterval(() => {
      const now = performance.now();
      // We were stopped ourselves: the silence was ours.
      if (now - looked > 2 * times.pulse) heard = now;
      looked = now;
      if (now - heard > times.silence) socket.resetAndDestroy();
      else if (live === socket) socket.write(`${pulse}\n`);
    }, times.pulse);
    socket
      .on('connect', () => {
        clearTimeout(deadline);
        live = socket;
        socket.write(`${self}\n`);
      })
      .on('data', () => {
        heard = performance.now();
      })
      .on('error', () => {})
      .on('close', () => {
        clearTimeout(deadline);
        clearInterval(heart);
        if (live === socket) live = undefined;
        setTimeout(attempt, times.rest);
      });
  };
  attempt();
  return (line) => {
    if (live === undefined || live.writableLength > roomiest) return;
    live.write(`${line}\n`);
  };
}

function receive(socket: Socket, deliver: LinkOptions['deliver']): void {
  let from: NodeId | undefined;
  let rest = '';
  socket
    .setEncoding('utf8')
    .on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (from === undefined) from = line;
        else if (line === pulse) socket.write(`${echo}\n`);
        else deliver(from, freeze(JSON.parse(line) as Json));
      }
    })
    .on('error', () => {})
    .on('end', () => socket.destroy());
}
