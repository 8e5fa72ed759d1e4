import { describe, expect, test } from 'vitest';
import type { Cluster, Injury, Nemesis, Strike } from '../core/cluster.ts';
import { milliseconds, seconds } from '../core/define.ts';
import { HarnessError } from '../core/errors.ts';
import type { Client, Door, Scenario } from '../core/target.ts';
import type { Completion, Invocation, Json, Operation } from '../core/types.ts';
import { createSimWorld } from '../sim/world.ts';
import { ledger, nemeses, scenario, workloads } from './ledger.fixture.ts';
import { type RunOptions, runOnce, type WorldFactory } from './run.ts';

const quiet: Scenario = { ...scenario, faults: [], duration: seconds(1) };

/** A run of the ledger in the simulator; lines are the bytes that a file would hold. */
async function run(change: Partial<RunOptions> = {}) {
  const lines: string[] = [];
  const result = await runOnce({
    target: ledger,
    scenario: quiet,
    variant: { sync: true },
    seed: 7,
    world: 'sim',
    registries: { workloads, nemeses },
    sink: (line) => lines.push(line),
    ...change,
  });
  return { ...result, lines };
}

/** The ledger with a client of the test's own. */
const withClient = (open: (door: Door) => Client): Partial<RunOptions> => ({
  target: { ...ledger, clients: { adds: open } },
});

/** A client that answers after 1 ms what the test says. */
const answering =
  (answer: (invocation: Invocation, door: Door) => Completion | undefined) =>
  (door: Door): Client => ({
    invoke(invocation, done) {
      door.after(milliseconds(1), () => {
        const completion = answer(invocation, door);
        if (completion !== undefined) done(completion);
      });
    },
    close() {},
  });

const withFault = (nemesis: Partial<Nemesis>, change: Partial<Scenario> = {}): Partial<RunOptions> => ({
  scenario: {
    ...quiet,
    faults: [
      { nemesis: 'test', first: [milliseconds(100), milliseconds(100)], lasts: [milliseconds(300), milliseconds(300)] },
    ],
    ...change,
  },
  registries: {
    workloads,
    nemeses: { test: { name: 'test', about: '', needs: [], strike: async () => undefined, ...nemesis } },
  },
});

async function blow({ record, inflict }: Strike, injury: Promise<Injury>): Promise<undefined> {
  record(['n1'], 'a blow');
  await inflict(injury);
}

function byProcess(operations: readonly Operation[]): Operation[][] {
  const groups = new Map<number, Operation[]>();
  for (const operation of operations)
    groups.set(operation.process, [...(groups.get(operation.process) ?? []), operation]);
  return [...groups.values()];
}

describe('operations', () => {
  test('a healthy run is valid, and every node is read at the end', async () => {
    const { valid, history, operations } = await run();
    expect(valid).toBe('valid');
    expect(operations).toBeGreaterThan(150);
    const final = history.operations.filter(({ phase }) => phase === 'final');
    expect(final.map(({ node }) => node).toSorted()).toEqual(['n1', 'n2', 'n3']);
    expect(final.every(({ calledAt }) => calledAt >= seconds(1) + quiet.settle)).toBe(true);
    expect(history.complete).toBe(true);
  });

  test('the load ends with the main phase, at about the rate that was asked for', async () => {
    const { history } = await run({ scenario: { ...quiet, duration: seconds(10) } });
    const main = history.operations.filter(({ phase }) => phase === 'main');
    expect(main.every(({ calledAt }) => calledAt < seconds(10))).toBe(true);
    expect(main.length).toBeGreaterThan(1800);
    expect(main.length).toBeLessThan(2200);
  });

  test('after an info the process is retired and its thread goes on as another, with a client of its own', async () => {
    const opened: number[] = [];
    const closed: number[] = [];
    const { history } = await run(
      withClient((door) => {
        opened.push(door.process);
        const client = answering(({ input }) =>
          (input as number) % 5 === 0 ? { type: 'info', error: 'lost' } : { type: 'ok', output: { numbers: [] } },
        )(door);
        return { ...client, close: () => closed.push(door.process) };
      }),
    );
    const { concurrency } = quiet;
    for (const operations of byProcess(history.operations)) {
      expect(operations.slice(0, -1).every(({ completion }) => completion.type !== 'info')).toBe(true);
    }
    const infos = history.operations.filter(({ completion }) => completion.type === 'info');
    expect(infos.length).toBeGreaterThan(10);
    for (const { process, index } of infos) {
      const next = history.operations.find(
        (other) => other.index > index && other.process % concurrency === process % concurrency,
      );
      if (next !== undefined) expect(next.process).toBe(process + concurrency);
    }
    expect(opened.length).toBe(new Set(opened).size);
    expect(closed.toSorted()).toEqual(opened.toSorted());
  });

  test('a process has one operation at a time', async () => {
    const { history } = await run({ scenario: { ...scenario, rate: 2000, duration: seconds(1) } });
    for (const operations of byProcess(history.operations)) {
      operations.slice(1).forEach((operation, index) => {
        const before = operations[index] as Operation;
        expect(operation.calledAt).toBeGreaterThanOrEqual(before.returnedAt ?? Number.POSITIVE_INFINITY);
      });
    }
  });

  test('an operation that never comes back is open in the history, and its thread still reads at the end', async () => {
    const { history } = await run(
      withClient(answering(({ action }) => (action === 'add' ? undefined : { type: 'ok', output: { numbers: [] } }))),
    );
    const adds = history.operations.filter(({ action }) => action === 'add');
    expect(adds.length).toBe(quiet.concurrency);
    expect(adds.every(({ returnedAt, completion }) => returnedAt === undefined && completion.type === 'info')).toBe(
      true,
    );
    expect(history.operations.filter(({ action }) => action === 'read').length).toBe(3);
  });

  test('an operation that comes back after its thread was taken away is still recorded', async () => {
    const { history } = await run(
      withClient((door) => ({
        invoke({ action }, done) {
          const late = action === 'add' ? seconds(1) + quiet.settle : milliseconds(20);
          door.after(late, () => done({ type: 'ok', output: { numbers: [] } }));
        },
        close() {},
      })),
    );
    const adds = history.operations.filter(({ action }) => action === 'add');
    expect(adds.length).toBeGreaterThan(1);
    expect(adds.some(({ returnedAt }) => (returnedAt ?? 0) > seconds(1) + quiet.settle)).toBe(true);
  });

  test('what a client throws is an info: nobody knows', async () => {
    const { history } = await run(
      withClient(() => ({
        invoke() {
          throw new Error('no such driver');
        },
        close() {},
      })),
    );
    expect(history.operations.length).toBeGreaterThan(100);
    for (const { completion } of history.operations) {
      expect(completion).toEqual({ type: 'info', error: 'Error: no such driver' });
    }
  });

  test('a client that completes twice is a bug, and is told', async () => {
    const twice = withClient((door) => ({
      invoke(_, done) {
        door.after(1000, () => {
          done({ type: 'ok', output: null });
          done({ type: 'ok', output: null });
        });
      },
      close() {},
    }));
    await expect(run(twice)).rejects.toThrow(/completed operation \d+ twice/);
  });

  test('nodes are observed at the interval, with who leads', async () => {
    const { history } = await run();
    const mine = history.observations.filter(({ node }) => node === 'n1');
    expect(mine.slice(0, 3).map(({ at }) => at)).toEqual([200, 400, 600].map(milliseconds));
    expect(mine.every(({ leads }) => leads?.term === 1)).toBe(true);
    expect(mine.at(-1)?.metrics.numbers_total).toBeGreaterThan(100);
    expect(history.observations.some(({ node, leads }) => node !== 'n1' && leads !== undefined)).toBe(false);
  });
});

describe('faults', () => {
  test('a fault strikes when scheduled, lasts as long, and brings evidence of both', async () => {
    const { history, faults, doubts } = await run({ scenario });
    expect(doubts).toEqual([]);
    expect(faults).toBe(history.header.schedule.length);
    expect(faults).toBeGreaterThan(1);
    history.faults.forEach((fault, index) => {
      const scheduled = history.header.schedule[index];
      expect(fault.from).toBe(scheduled?.at);
      expect(fault.until).toBe((scheduled?.at ?? 0) + (scheduled?.lasts ?? 0));
      expect(fault.struck.length).toBeGreaterThan(0);
      expect([...fault.struck, ...fault.healed].every(({ took }) => took)).toBe(true);
    });
  });

  test('no fault outlasts the main phase', async () => {
    const { history } = await run(
      withFault(
        {
          strike: (strike) => blow(strike, strike.cluster.kill(['n1'])),
        },
        { faults: [{ nemesis: 'test', first: [0, 0], lasts: [seconds(99), seconds(99)] }] },
      ),
    );
    expect(history.faults[0]?.until).toBe(seconds(1));
  });

  test('a nemesis whose needs are not met is skipped with the reason, and the run goes on', async () => {
    const { history, faults, valid } = await run(
      withFault({ needs: ['control'], strike: () => Promise.reject(new Error('was struck all the same')) }),
    );
    expect(history.faults[0]?.skipped).toMatch(/^cannot control here: no node of ledger/);
    expect(faults).toBe(0);
    expect(valid).toBe('valid');
  });

  test('a strike that breaks off is mended all the same, and leaves a doubt', async () => {
    const { history, doubts, valid } = await run(
      withFault({
        async strike({ cluster, record, inflict }) {
          record(['n1'], 'half a blow');
          await inflict(cluster.kill(['n1']));
          throw new Error('the engine went away');
        },
      }),
    );
    expect(history.faults[0]?.healed.length).toBe(1);
    expect(doubts).toEqual(['test (half a blow) broke off: the engine went away']);
    expect(valid).toBe('unknown');
    expect(history.events.filter(({ kind, node }) => kind === 'started' && node === 'n1').length).toBe(2);
  });

  test('a blow that did not take effect is a doubt: no run is valid under a fault that was none', async () => {
    const vain = async () => ({
      evidence: { took: false, how: 'all packets came through' },
      heal: async () => ({ took: true, how: '' }),
    });
    const { doubts, valid } = await run(
      withFault({
        strike: (strike) => blow(strike, vain()),
      }),
    );
    expect(doubts).toEqual(['test (a blow) did not take effect: all packets came through']);
    expect(valid).toBe('unknown');
  });

  test('a heal that fails is a doubt, and the other injuries are healed', async () => {
    const healed: string[] = [];
    const injury = (name: string) =>
      Promise.resolve({
        evidence: { took: true, how: name },
        heal: async () => {
          if (name === 'second') throw new Error('stuck');
          healed.push(name);
          return { took: true, how: name };
        },
      });
    const { doubts } = await run(
      withFault({
        async strike({ record, inflict }) {
          record(['n1'], 'three');
          for (const name of ['first', 'second', 'third']) await inflict(injury(name));
          return undefined;
        },
      }),
    );
    expect(healed).toEqual(['third', 'first']);
    expect(doubts).toEqual(['test (three) did not heal: stuck']);
  });

  test("a nemesis' own mend runs first, and what it healed is not healed again", async () => {
    const log: string[] = [];
    const { history } = await run(
      withFault({
        async strike({ cluster, record, inflict, over }) {
          record(['n1'], 'loop');
          const injury = await inflict(cluster.pause(['n1']));
          return async () => {
            log.push(`over ${over()}`);
            await injury.heal();
            log.push('healed');
          };
        },
      }),
    );
    expect(log).toEqual(['over true', 'healed']);
    expect(history.faults[0]?.healed.length).toBe(1);
    expect(history.events.filter(({ kind }) => kind === 'resumed').length).toBe(1);
  });

  test('a skip says why, and is no doubt', async () => {
    const { history, doubts } = await run(withFault({ strike: async ({ skip }) => void skip('nobody leads') }));
    expect(history.faults[0]?.skipped).toBe('nobody leads');
    expect(doubts).toEqual([]);
  });

  test('wrong options of a nemesis end the run with their own error', async () => {
    const refusing = withFault({
      strike: () => Promise.reject(new HarnessError({ code: 'bad-usage', message: 'no such shape', hint: '' })),
    });
    await expect(run(refusing)).rejects.toThrow('no such shape');
  });

  test('when a generator breaks all faults are mended before the error is told', async () => {
    const events: string[] = [];
    const broken = {
      ...workloads.adds,
      generator: () => ({
        next: ({ now }: { now: number }) => {
          if (now > milliseconds(200)) throw new Error('generator broke');
          return { kind: 'wait' as const, until: now + milliseconds(50), next: broken.generator() };
        },
      }),
    };
    const options = withFault({
      strike: (strike) => blow(strike, strike.cluster.pause(['n1'])),
    });
    const result = run({
      ...options,
      registries: { workloads: { adds: broken }, nemeses: options.registries?.nemeses ?? {} },
      sink: (line) => events.push(line),
    });
    await expect(result).rejects.toThrow('generator broke');
    expect(events.some((line) => line.includes('"kind":"paused"'))).toBe(true);
    expect(events.some((line) => line.includes('"kind":"resumed"'))).toBe(true);
  });
});

describe('interruption', () => {
  test('an abort ends the load, mends, and finishes the history', async () => {
    const controller = new AbortController();
    const fault = withFault(
      {
        strike: (strike) => blow(strike, strike.cluster.kill(['n1'])),
      },
      { duration: seconds(100), faults: [{ nemesis: 'test', first: [0, 0], lasts: [seconds(90), seconds(90)] }] },
    );
    const { history, interrupted, doubts, valid, lines } = await run({
      ...fault,
      signal: controller.signal,
      createWorld: during(milliseconds(800), () => controller.abort()),
    });
    expect(interrupted).toBe(true);
    expect(history.faults[0]?.until).toBe(milliseconds(800));
    expect(history.faults[0]?.healed.every(({ took }) => took)).toBe(true);
    expect(history.operations.every(({ calledAt, phase }) => calledAt <= milliseconds(800) && phase === 'main')).toBe(
      true,
    );
    expect(lines.at(-1)).toContain('"t":"end"');
    expect(doubts).toEqual(['interrupted after 0.8 s']);
    expect(valid).toBe('unknown');
  });

  test('an abort before the run began leaves a short history', async () => {
    const { history, interrupted } = await run({ signal: AbortSignal.abort() });
    expect(interrupted).toBe(true);
    expect(history.endedAt).toBeLessThan(milliseconds(1));
  });
});

describe('the same seed', () => {
  test.each([1, 2, 3])('gives the same bytes and the same hash: seed %i', async (seed) => {
    const [first, second] = [
      await run({ scenario, seed, messages: true }),
      await run({ scenario, seed, messages: true }),
    ];
    expect(first.lines.length).toBeGreaterThan(1000);
    expect(second.lines).toEqual(first.lines);
    expect(second.hash).toBe(first.hash);
  });

  test('gives the same run whether or not messages are recorded', async () => {
    const [loud, quietly] = [await run({ scenario, messages: true }), await run({ scenario })];
    expect(loud.hash).toBe(quietly.hash);
    expect(loud.lines.filter((line) => !line.startsWith('{"t":"message"'))).toEqual(quietly.lines);
  });

  test('another seed gives other bytes', async () => {
    expect((await run({ seed: 1 })).lines.slice(1)).not.toEqual((await run({ seed: 2 })).lines.slice(1));
  });
});

describe('what is judged', () => {
  test('a checker that throws has no opinion', async () => {
    const sulks = {
      name: 'sulks',
      check: () => {
        throw new Error('not today');
      },
    };
    const { verdicts, valid } = await run({ scenario: { ...quiet, checkers: [sulks] } });
    expect(verdicts.at(-1)).toMatchObject({
      checker: 'sulks',
      valid: 'unknown',
      summary: 'the checker threw: not today',
    });
    expect(valid).toBe('unknown');
  });

  test('a node that crashes of its own code is a doubt', async () => {
    const { doubts } = await run({ variant: { sync: true, explodes: 10 } });
    expect(doubts[0]).toMatch(/^n1 crashed after 0\.\d+ s: Error: the ledger burst$/);
  });

  test('unknown names are told with those that are known', async () => {
    await expect(run({ scenario: { ...quiet, workload: 'dance' } })).rejects.toThrow('There is no workload `dance`.');
    const faults = [{ nemesis: 'flood', first: [0, 0], lasts: [0, 0] }] as const;
    const error = await run({ scenario: { ...quiet, faults } }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(HarnessError);
    expect((error as HarnessError).hint).toBe('Known are: dark.');
  });
});

/** The simulator, in which something happens outside at a given moment. */
const during =
  (time: number, action: () => void): WorldFactory =>
  (options) => {
    const world = createSimWorld(options);
    world.at(time, action);
    return world;
  };

test('an inspection that never answers delays nobody', async () => {
  const stuck: WorldFactory = (options) => {
    const world = createSimWorld(options);
    const cluster: Cluster = {
      ...world.cluster,
      inspect: (node) => (node === 'n2' ? new Promise(() => {}) : world.cluster.inspect(node)),
    };
    return { ...world, cluster };
  };
  const { history } = await run({ createWorld: stuck });
  const seen = (node: string): Json => history.observations.filter((observation) => observation.node === node).length;
  expect(seen('n1')).toBeGreaterThan(5);
  expect(seen('n2')).toBe(0);
});
