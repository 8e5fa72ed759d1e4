/**
 * What the container path costs: how long a cluster takes to come up, each fault to strike and to heal (proofs included),
 * and how many operations per second get from a client through a published port to a node and back.
 * `npx tsx bench/containers.ts`.
 */
import Table from 'cli-table3';
import type { Injury } from '../harness/core/cluster.ts';
import { HarnessError } from '../harness/core/errors.ts';
import { connectEngine, requireEngine } from '../harness/docker/engine.ts';
import { createToyWorld, type ToyWorld } from '../harness/docker/testing/toy-world.ts';

/** How long each load is kept up. */
const loadMs = 3000;

async function main(): Promise<void> {
  const { version } = await requireEngine(connectEngine());
  console.log(`five nodes in containers, Docker ${version}\n`);
  const began = performance.now();
  const world = await createToyWorld(5, { powerCuttable: true });
  const up = performance.now() - began;
  const faults = new Table({ head: ['fault', 'strikes in ms', 'heals in ms', 'proof'] });
  const loads = new Table({ head: ['operation', 'clients', 'per second', 'p50 ms', 'p99 ms'] });
  try {
    const { cluster } = world;
    const cut = () =>
      cluster.cut(
        new Map([
          ['n1', ['n2', 'n3']],
          ['n2', ['n1']],
          ['n3', ['n1']],
        ]),
      );
    faults.push(
      await strike('cut, 4 of 20 links', cut),
      await strike('slow, one node', () => cluster.disturb(['n1'], { kind: 'slow', mean: 10e6, jitter: 0 })),
      await strike('pause', () => cluster.pause(['n2'])),
      await strike('clock', () => cluster.bendClock('n3', 10e9)),
      await strike('kill', () => cluster.kill(['n4'])),
      await strike('power cut', () => cluster.powerCut(['n5'])),
    );
    for (const clients of [1, 20]) {
      loads.push(await load('answered at once', clients, world, { verb: 'echo', value: 1 }));
      loads.push(await load('synced to disk first', clients, world, { verb: 'append', sync: true }));
    }
  } finally {
    const closing = performance.now();
    await world.close();
    console.log(
      `up in ${(up / 1000).toFixed(1)} s, removed in ${((performance.now() - closing) / 1000).toFixed(1)} s\n`,
    );
  }
  console.log(`${faults}\n\n${loads}`);
}

async function strike(name: string, blow: () => Promise<Injury>): Promise<[string, string, string, string]> {
  const began = performance.now();
  const injury = await blow();
  const struck = performance.now();
  const healed = await injury.heal();
  const proven = injury.evidence.took && healed.took ? 'took and healed' : `${injury.evidence.how} / ${healed.how}`;
  return [name, (struck - began).toFixed(0), (performance.now() - struck).toFixed(0), proven];
}

/** As many requests as so many clients get answered, each one after the other, over all nodes. */
async function load(
  name: string,
  clients: number,
  world: ToyWorld,
  body: { verb: string; value?: number; sync?: boolean },
) {
  const { nodes } = world.cluster;
  const times: number[] = [];
  const end = performance.now() + loadMs;
  const client = async (number: number): Promise<void> => {
    for (let count = number; performance.now() < end; count++) {
      const began = performance.now();
      await world.answer(nodes[count % nodes.length] as string, body);
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  return [name, clients, Math.round(times.length / (loadMs / 1000)), at(0.5), at(0.99)];
}

await main().catch((error: unknown) => {
  if (!(error instanceof HarnessError) || error.code !== 'missing') throw error;
  console.log(`SKIPPED, no containers here: ${error.message} ${error.hint}`);
});
