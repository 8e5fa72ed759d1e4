// All checkers by name, for those who list them and for the conformance suite. A new one is a file and a line.
import { dataLoss } from './data-loss.ts';
import { linearizable } from './linearizable.ts';

export const checkers = { linearizable, 'data-loss': dataLoss } as const;
