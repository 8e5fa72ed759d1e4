/**
 * What runs inside a node's container: the same node factory as in the simulator, over real sockets, files, clocks and
 * timers. Clients and the harness speak to it over one HTTP port; what it notes goes out on stdout, a line of JSON each,
 * stamped with the machine's monotonic clock, which all containers share.
 *
 * The surprise: a handler that throws ends the process, as a crash would, after saying why on its last line. The
 * harness reads that line into the history.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Environment, Node, NodeFactory } from '../core/node.ts';
import { createRandom } from '../core/random.ts';
import type { Json } from '../core/types.ts';
import { createFiles } from './entry/files.ts';
import { freeze } from './entry/freeze.ts';
import { createLinks } from './entry/links.ts';
import { type NodeSettings, ports, readSettings } from './entry/settings.ts';
import { createTimers } from './entry/timers.ts';

export { type NodeSettings, readSettings } from './entry/settings.ts';

/** What `GET /inspect` answers. */
export interface NodeReport {
  readonly state: Json;
  readonly metrics: Readonly<Record<string, number>>;
  /** The node's wall clock, in milliseconds since 1970. */
  readonly wall: number;
  /** How many lines it has noted: so that the harness knows when it has read them all. */
  readonly notes: number;
}

/** Exit code of a process whose node code threw. */
const crashCode = 70;

/** Runs one node until the process is killed. */
export function runNode(factory: NodeFactory, settings: NodeSettings = readSettings()): void {
  const { self, addresses, roles, seed, variant, wallEpoch, folder } = settings;
  const metrics = new Map<string, number>();
  let notes = 0;
  let node: Node | undefined;

  /** Every handler of the node runs in here: to its end, and not after a crash. */
  const take = (handler: () => void): void => {
    try {
      handler();
    } catch (error) {
      crash(error);
    }
  };
  const began = process.hrtime.bigint();
  const environment: Environment = {
    self,
    nodes: Object.keys(addresses),
    roles,
    clock: {
      now: () => (Date.now() - wallEpoch) * 1e6,
      monotonic: () => Number(process.hrtime.bigint() - began),
    },
    timers: createTimers(take),
    network: createLinks({
      self,
      addresses,
      port: ports.peers,
      deliver: (from, body) => take(() => node?.onMessage(from, body)),
    }),
    disk: createFiles(folder, take),
    // A restarted process must not draw the same numbers again: two that do so in step never break a tie.
    random: createRandom(seed).split(`node:${self}@${began}`),
    metrics: {
      add: (name, by = 1) => metrics.set(name, (metrics.get(name) ?? 0) + by),
      set: (name, value) => metrics.set(name, value),
    },
    mark() {},
    note(name, data) {
      notes++;
      process.stdout.write(`${JSON.stringify({ at: String(process.hrtime.bigint()), name, data })}\n`);
    },
  };

  process.on('uncaughtException', crash);
  // The first process of a container is asked in vain to end unless it says what it does then.
  process.on('SIGTERM', () => process.exit(0));
  take(() => {
    node = factory(environment, variant);
    node.start();
  });

  const routes: Record<string, (body: Json, answer: Answer) => void> = {
    'POST /request': (body, answer) => take(() => node?.onRequest(freeze(body), answer.json)),
    'GET /inspect': (_, answer) =>
      take(() => {
        const report: NodeReport = {
          state: node?.inspect() ?? null,
          metrics: Object.fromEntries(metrics),
          wall: Date.now(),
          notes,
        };
        answer.json(report as unknown as Json);
      }),
    'POST /control': (body, answer) =>
      take(() => {
        if (node?.control === undefined) answer.status(404);
        else answer.json(node.control(freeze(body)));
      }),
    'GET /metrics': (_, answer) => answer.text(exposition(metrics)),
  };
  const server = createServer((request, response) => {
    const route = routes[`${request.method} ${request.url}`];
    if (route === undefined) answerTo(response).status(404);
    else readBody(request, (body) => route(body, answerTo(response)));
  });
  // A server that closes idle connections resets requests that are on their way to it.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(ports.clients);
}

/** Metrics in Prometheus' text format. Counters and gauges look alike there without a type, and so they are untyped. */
export function exposition(metrics: ReadonlyMap<string, number>): string {
  const lines = [...metrics].map(([name, value]) => `${name.replace(/[^a-zA-Z0-9_:]/g, '_')} ${value}`);
  return [...lines, ''].join('\n');
}

interface Answer {
  json(body: Json): void;
  text(text: string): void;
  status(code: number): void;
}

function answerTo(response: ServerResponse): Answer {
  const send = (code: number, type: string, text: string): void => {
    // The client may have given up, and a node that replies twice has said all it can the first time.
    if (response.writableEnded || response.destroyed) return;
    response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
  };
  return {
    json: (body) => send(200, 'application/json', JSON.stringify(body)),
    text: (text) => send(200, 'text/plain; version=0.0.4', text),
    status: (code) => send(code, 'text/plain', ''),
  };
}

function readBody(request: IncomingMessage, use: (body: Json) => void): void {
  let text = '';
  request
    .setEncoding('utf8')
    .on('data', (chunk: string) => {
      text += chunk;
    })
    .on('end', () => use(text === '' ? null : (JSON.parse(text) as Json)));
}

function crash(error: unknown): never {
  const [name, stack] = error instanceof Error ? [`${error.name}: ${error.message}`, error.stack] : [String(error), ''];
  process.stderr.write(`${JSON.stringify({ crashed: name, stack })}\n`);
  process.exit(crashCode);
}
