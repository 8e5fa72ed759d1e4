/**
 * A small target for the tests of this room, and a registry module as workers import it: numbers are added to a ledger
 * that the first node keeps on disk. Its one flaw acknowledges before the sync, so that a power failure loses numbers.
 *
 * The others only pass requests on, which is enough for partitions and kills to matter.
 */

import type { Nemesis } from '../core/cluster.ts';
import { defineFlaw, definePattern, defineTarget, defineWorkload, milliseconds, seconds } from '../core/define.ts';
import { HarnessError } from '../core/errors.ts';
import { type once, repeat, stagger } from '../core/generators.ts';
import { eachNode, untilOk } from '../core/generators-apart.ts';
import type { NodeFactory } from '../core/node.ts';
import type { ClientFactory, Flaw, Scenario, Target } from '../core/target.ts';
import type { History, Json, Variant } from '../core/types.ts';
import { type Checker, invalid, unknown, valid } from '../core/verdict.ts';

const node: NodeFactory = ({ self, nodes, disk, network, metrics }, variant) => {
  const keeper = nodes[0] as string;
  const waiting = new Map<number, (body: Json) => void>();
  let tickets = 0;
  const numbers = (): number[] => {
    const bytes = disk.read('ledger') ?? new Uint8Array();
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getUint32(4 * index)).filter(
      (n) => n > 0,
    );
  };
  const keep = (body: { verb: string; value: number }, reply: (body: Json) => void): void => {
    if (variant.explodes === body.value) throw new Error('the ledger burst');
    if (body.verb === 'read') {
      reply({ numbers: numbers() });
      return;
    }
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, body.value);
    disk.append('ledger', bytes);
    metrics.add('numbers_total');
    const done = (): void => reply({ kept: body.value });
    if (variant.sync === false) done();
    else disk.sync('ledger', done);
  };
  return {
    start() {
      // Whole numbers again after a torn write.
      const length = disk.read('ledger')?.length;
      if (length === undefined) {
        disk.append('ledger', new Uint8Array());
        disk.syncDirectory(() => {});
      } else disk.truncate('ledger', length - (length % 4));
    },
    onMessage(from, body) {
      const { type, ticket, content } = body as { type: string; ticket: number; content: Json };
      if (type === 'ask') {
        keep(content as { verb: string; value: number }, (answer) =>
          network.send(from, { type: 'answer', ticket, content: answer }),
        );
        return;
      }
      waiting.get(ticket)?.(content);
      waiting.delete(ticket);
    },
    onRequest(body, reply) {
      if (self === keeper) {
        keep(body as { verb: string; value: number }, reply);
        return;
      }
      waiting.set(tickets, reply);
      network.send(keeper, { type: 'ask', ticket: tickets++, content: body });
    },
    inspect: () => ({ leads: self === keeper }),
  };
};

const client: ClientFactory = (door) => ({
  invoke({ action, input, node: asked }, done) {
    door.request(asked ?? door.node, { verb: action, value: input }, milliseconds(200), (reply) => {
      if (reply.kind === 'refused') done({ type: 'fail', error: reply.reason });
      else if (reply.kind === 'lost') done({ type: 'info', error: reply.reason });
      else done({ type: 'ok', output: reply.body });
    });
  },
  close() {},
});

/** What was acknowledged must be in the last read. */
export const nothingLost: Checker = {
  name: 'nothing-lost',
  check({ operations }: History) {
    const last = operations.findLast(({ action, completion }) => action === 'read' && completion.type === 'ok');
    if (last?.completion.type !== 'ok') return unknown(this.name, 'there was no last read');
    const { numbers } = last.completion.output as { numbers: number[] };
    const kept = operations.filter(({ action, completion }) => action === 'add' && completion.type === 'ok');
    const lost = kept.filter(({ input }) => !numbers.includes(input as number));
    if (lost.length === 0) return valid(this.name, `${kept.length} acknowledged, all there`);
    const because = `${lost.length} of ${kept.length} acknowledged numbers are gone`;
    return invalid(this.name, [{ name: 'lost-write', because, operations: lost.map(({ index }) => index) }], because);
  },
};

const adds = defineWorkload({
  name: 'adds',
  about: 'adds numbers to the ledger and reads it at the end',
  generator({ rate }) {
    const counting = (value: number): ReturnType<typeof once> => ({
      next: () => ({ kind: 'invoke', invocation: { action: 'add', input: value }, next: counting(value + 1) }),
    });
    return stagger(rate, counting(1));
  },
  final: () => eachNode(() => untilOk({ action: 'read', input: 0 }, { attempts: 5, pause: milliseconds(100) })),
  checkers: () => [nothingLost],
});

const idle = defineWorkload({
  name: 'idle',
  about: 'only reads',
  generator: ({ rate }) =>
    stagger(
      rate,
      repeat(() => ({ action: 'read', input: 0 })),
    ),
  checkers: () => [],
});

export const scenario: Scenario = {
  workload: 'adds',
  concurrency: 6,
  rate: 200,
  duration: seconds(4),
  settle: milliseconds(500),
  observeEvery: milliseconds(200),
  faults: [
    {
      nemesis: 'dark',
      first: [milliseconds(500), seconds(1)],
      lasts: [milliseconds(200), milliseconds(400)],
      gap: [milliseconds(300), milliseconds(900)],
    },
  ],
  checkers: [],
};

/** Fires when a node restarts with fewer numbers than its counter had: stands in for a line of the document. */
const unsyncedFlaw = defineFlaw({
  name: 'unsynced',
  about: 'acknowledges before the sync',
  switches: { sync: false },
  expect: ['lost-write'],
  scenario,
  signal: {
    name: 'lost',
    quote: 'numbers go missing',
    fires: (history) =>
      nothingLost.check(history).valid === 'invalid'
        ? { at: history.endedAt, because: 'numbers are missing' }
        : undefined,
  },
});

/** A pattern around one flaw, for suites of every outcome. */
export const patternOf = (name: string, ...flaws: readonly Flaw[]) =>
  definePattern({
    id: `ledger/${name}`,
    title: name,
    card: { section: 'none', symptoms: 'Numbers go missing.' },
    worlds: ['sim'],
    flaws,
  });

const changed = (name: string, change: Partial<Flaw>): Flaw => ({ ...(unsyncedFlaw as Flaw), name, ...change });
const { signal: _, ...unsignalled } = unsyncedFlaw as Flaw;

/** One pattern for each status that a finding can have. */
export const patterns = [
  patternOf('reproduced', unsyncedFlaw),
  patternOf('harmless', changed('harmless', { switches: { colour: 'red' } })),
  patternOf('other-anomaly', changed('other-anomaly', { expect: ['split-brain'] })),
  patternOf('silent', changed('silent', { signal: { name: 's', quote: 'q', fires: () => undefined } })),
  patternOf(
    'alarmist',
    changed('alarmist', { signal: { name: 's', quote: 'q', fires: () => ({ at: 0, because: 'always' }) } }),
  ),
  patternOf('regressed', {
    ...unsignalled,
    name: 'regressed',
    scenario: { ...scenario, settings: { sync: false } },
  }),
  patternOf('no-opinion', {
    ...unsignalled,
    name: 'no-opinion',
    scenario: {
      ...scenario,
      checkers: [
        {
          name: 'sulks',
          check: ({ header }) => {
            if (header.twin === 'fixed') throw new Error('not today');
            return valid('sulks', 'fine');
          },
        },
      ],
    },
  }),
  patternOf('crashed', {
    ...unsignalled,
    name: 'crashed',
    scenario: {
      ...scenario,
      faults: [{ nemesis: 'dark', options: { node: 'n9' }, first: [1, 2], lasts: [1, 2] }],
    },
  }),
] as const;

const reference: Variant = { sync: true };

export const ledger: Target = defineTarget({
  name: 'ledger',
  kind: 'mechanism',
  worlds: ['sim'],
  roles: (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index + 1}`, 'replica'])),
  defaultNodes: 3,
  reference,
  node,
  clients: { adds: client, idle: client },
  leads: (state) => ((state as { leads: boolean }).leads ? { term: 1 } : undefined),
  patterns,
});

export const targets = { ledger };
export const workloads = { adds, idle };

/** Cuts the power of the keeper, or of the node that is named. */
const dark: Nemesis = {
  name: 'dark',
  about: 'cuts the power of one node',
  needs: ['power'],
  async strike({ cluster, record, inflict }, { node = cluster.nodes[0] }) {
    if (!cluster.nodes.includes(node as string)) {
      throw new HarnessError({ code: 'bad-usage', message: `There is no node ${node}.`, hint: 'Name another.' });
    }
    record([node as string], `${node} is dark`);
    await inflict(cluster.powerCut([node as string]));
    return undefined;
  },
};

export const nemeses: Readonly<Record<string, Nemesis>> = { dark };
