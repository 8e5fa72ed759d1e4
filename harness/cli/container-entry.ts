/** The program that runs in the containers of the house's own mechanisms, bundled into one file. */
import { targets } from '../../targets/index.ts';
import { startNode } from './start-node.ts';

startNode(targets);
