/**
 * A toy node for the container tests: it keeps a counter on disk, greets the others, and does on request whatever a test
 * wants to see done through an `Environment`.
 */
import { defineTarget } from '../../core/define.ts';
import type { Environment, NodeFactory } from '../../core/node.ts';
import type { Target } from '../../core/target.ts';
import type { Json, NodeId } from '../../core/types.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const toyNode: NodeFactory = (environment, variant) => {
  const { self, nodes, timers, network, disk, metrics, clock } = environment;
  const heard: Record<NodeId, number> = {};
  let failing = false;
  const greet = (): void => {
    for (const node of nodes) network.send(node, { type: 'hello', at: clock.now() });
    timers.set('greet', 20_000_000, greet);
  };
  return {
    start() {
      environment.note('recovered', { count: disk.read('log')?.length ?? 0, variant: variant.careful ?? null });
      greet();
    },
    onMessage(from, body) {
      heard[from] = (heard[from] ?? 0) + 1;
      (body as { type: string }).type.at(0);
      if (!Object.isFrozen(body)) throw new Error('a message that can be changed');
    },
    onRequest(body, reply) {
      const { verb, ...rest } = body as { verb: string } & Record<string, Json>;
      if (failing || verb === 'silence') return;
      metrics.add('requests_total');
      const trick = tricks[verb];
      if (trick === undefined) throw new Error(`the toy was asked to ${verb}`);
      trick(environment, rest, reply);
    },
    inspect: () => ({ self, heard, count: disk.read('log')?.length ?? 0 }),
    control(body) {
      failing = (body as { failing: boolean }).failing;
      return { failing };
    },
  };
};

type Trick = (environment: Environment, request: Record<string, Json>, reply: (body: Json) => void) => void;

const tricks: Readonly<Record<string, Trick>> = {
  echo: (_, { value }, reply) => reply(value ?? null),
  /** One more byte in the log, acknowledged before or after it is durable. */
  append({ disk }, { sync }, reply) {
    disk.append('log', new Uint8Array([1]));
    const count = disk.read('log')?.length ?? 0;
    if (sync !== true) reply({ count });
    else disk.sync('log', () => disk.syncDirectory(() => reply({ count })));
  },
  note(environment, { name }, reply) {
    environment.note(String(name), { by: environment.self });
    reply(null);
  },
  /** Every promise that a `Disk` makes about reading and writing, in one go. */
  disk({ disk }, _, reply) {
    const text = (file: string): string | null => {
      const bytes = disk.read(file);
      return bytes === undefined ? null : decoder.decode(bytes);
    };
    const results: Record<string, Json> = { missing: text('none') };
    disk.append('a b/c', encoder.encode('hello'));
    disk.append('a b/c', encoder.encode(' world'));
    results.appended = text('a b/c');
    disk.write('a b/c', 6, encoder.encode('W'));
    results.overwritten = text('a b/c');
    disk.write('gap', 3, encoder.encode('x'));
    results.gap = [...(disk.read('gap') ?? [])];
    disk.truncate('a b/c', 5);
    results.truncated = text('a b/c');
    disk.rename('a b/c', 'gap');
    results.renamed = [text('a b/c'), text('gap')];
    results.list = disk.list().filter((name) => name !== 'log');
    const copy = disk.read('gap');
    copy?.fill(0);
    results.copied = text('gap');
    disk.remove('gap');
    results.removed = text('gap');
    let handlerEnded = false;
    disk.append('late', new Uint8Array([1]));
    disk.sync('late', (error) => {
      results.syncedLater = handlerEnded && error === undefined;
      disk.sync('nowhere', (failure) => {
        results.syncOfNothingFails = failure instanceof Error;
        reply(results);
      });
    });
    handlerEnded = true;
  },
  timers({ timers, clock }, _, reply) {
    const began = clock.monotonic();
    const rang: string[] = [];
    timers.set('replaced', 5_000_000, () => rang.push('replaced too early'));
    timers.set('replaced', 20_000_000, () => rang.push(clock.monotonic() - began >= 20_000_000 ? 'in time' : 'early'));
    timers.set('cancelled', 5_000_000, () => rang.push('cancelled'));
    timers.cancel('cancelled');
    timers.set('end', 50_000_000, () => reply(rang));
  },
  clock: ({ clock }, _, reply) => reply({ wall: clock.now(), monotonic: clock.monotonic() }),
};

export const toy: Target = defineTarget({
  name: 'toy',
  kind: 'mechanism',
  worlds: ['docker'],
  roles: (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index + 1}`, 'replica'])),
  defaultNodes: 3,
  reference: { careful: true },
  node: toyNode,
  clients: {},
  leads: (state) => ((state as { self: string }).self === 'n1' ? { term: 1 } : undefined),
  patterns: [],
});
