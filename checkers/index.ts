// All checkers by name, as makers: most take options, and have a default for each. A new one is a file and a line.
import { availability } from './availability.ts';
import { crashes } from './crashes.ts';
import { dataLoss } from './data-loss.ts';
import { electionStorm } from './election-storm.ts';
import { invariants } from './invariants.ts';
import { linearizable } from './linearizable.ts';
import { rates } from './rates.ts';
import { splitBrain } from './split-brain.ts';
import { stateMachine } from './state-machine.ts';
import { transactional } from './transactional.ts';

export const checkers = {
  linearizable,
  transactional,
  'data-loss': dataLoss,
  'split-brain': splitBrain,
  'election-storm': electionStorm,
  availability,
  crashes,
  invariants,
  'state-machine': stateMachine,
  rates,
} as const;
