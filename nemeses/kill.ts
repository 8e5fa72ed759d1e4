/** kill -9 of processes. What they wrote is still there when they are started again, at the end of the fault. */
import { againstNodes } from './aim.ts';

export const kill = againstNodes({
  name: 'kill',
  about: 'kills processes (kill -9) and starts them again at the end',
  need: 'kill',
  verb: 'killed',
  act: (cluster, nodes) => cluster.kill(nodes),
});
