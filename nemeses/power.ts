/** A power failure: what was written but not synced is lost or torn, unlike after `kill`. The machine comes back at the end. */
import { againstNodes } from './aim.ts';

export const power = againstNodes({
  name: 'power',
  about: 'cuts the power of nodes, so that unsynced data is lost, and starts them again at the end',
  need: 'power',
  verb: 'power cut of',
  act: (cluster, nodes) => cluster.powerCut(nodes),
});
