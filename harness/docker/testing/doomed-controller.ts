/**
 * A controller that is killed by its test in mid-fault: every kind of fault stands, then it says so and waits.
 */
import { createToyWorld } from './toy-world.ts';

const world = await createToyWorld(4, { powerCuttable: true });
const { cluster } = world;
await cluster.cut(new Map([['n1', ['n2', 'n3', 'n4']]]));
await cluster.pause(['n2']);
await cluster.bendClock('n3', 3_600_000_000_000);
await cluster.kill(['n4']);
process.stdout.write(`${JSON.stringify({ run: world.runId })}\n`);
setInterval(() => {}, 60_000);
