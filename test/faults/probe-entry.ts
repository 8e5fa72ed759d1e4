/** What runs in the containers of `faults.docker.test.ts`. */
import { runNode } from '../../harness/docker/entry.ts';
import { probeNode } from './probe.ts';

runNode(probeNode);
