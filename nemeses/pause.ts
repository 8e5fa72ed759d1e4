/** SIGSTOP and SIGCONT: a process that stands still and then goes on as if no time had passed, as in a long collection. */
import { againstNodes } from './aim.ts';

export const pause = againstNodes({
  name: 'pause',
  about: 'stops processes (SIGSTOP) and lets them go on at the end',
  need: 'pause',
  verb: 'paused',
  act: (cluster, nodes) => cluster.pause(nodes),
});
