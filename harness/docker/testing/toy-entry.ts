/** What runs in the containers of the toy's tests. */
import { runNode } from '../entry.ts';
import { toyNode } from './toy.ts';

runNode(toyNode);
