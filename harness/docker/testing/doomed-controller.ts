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
await cluster.hold(new Map([['n3', ['n1']]]));
await cluster.disturb(['n1'], { kind: 'loss', share: 0.5 });
await cluster.driftClock('n3', 100_000);
await cluster.spoilDisk(['n1'], { kind: 'disk-full' });
await cluster.spoilDisk(['n3'], { kind: 'disk-read-only' });
await cluster.spoilDisk(['n3'], { kind: 'disk-slow', by: 200_000_000 });
await cluster.limit(['n1'], { kind: 'files', count: 64 });
process.stdout.write(`${JSON.stringify({ run: world.runId })}\n`);
setInterval(() => {}, 60_000);
