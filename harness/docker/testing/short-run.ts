/** One short run with each fault, its evidence on stdout: run by a test as another user. */
import { createToyWorld } from './toy-world.ts';

const world = await createToyWorld(3, { powerCuttable: true });
const { cluster } = world;
const evidence: Record<string, unknown> = {};
for (const [name, strike] of Object.entries({
  cut: () => cluster.cut(new Map([['n1', ['n2', 'n3']]])),
  pause: () => cluster.pause(['n2']),
  clock: () => cluster.bendClock('n3', 60_000_000_000),
  kill: () => cluster.kill(['n1']),
  power: () => cluster.powerCut(['n2']),
})) {
  const injury = await strike();
  const healed = await injury.heal();
  evidence[name] = { struck: injury.evidence, healed };
}
await world.close();
process.stdout.write(`${JSON.stringify({ uid: process.getuid?.(), run: world.runId, evidence })}\n`);
