// All checkers by name, as makers: most take options, and have a default for each. A new one is a file and a line.
import { answered } from './answered.ts';
import { availability } from './availability.ts';
import { convergence } from './convergence.ts';
import { counterSums } from './counter-sums.ts';
import { crashes } from './crashes.ts';
import { dataLoss } from './data-loss.ts';
import { echoes } from './echoes.ts';
import { electionStorm } from './election-storm.ts';
import { invariants } from './invariants.ts';
import { kafka } from './kafka.ts';
import { linearizable } from './linearizable.ts';
import { mutualExclusion } from './mutual-exclusion.ts';
import { overtaking } from './overtaking.ts';
import { progress } from './progress.ts';
import { rates } from './rates.ts';
import { splitBrain } from './split-brain.ts';
import { stateMachine } from './state-machine.ts';
import { transactional } from './transactional.ts';
import { uniqueIds } from './unique-ids.ts';

export const checkers = {
  linearizable,
  transactional,
  'data-loss': dataLoss,
  'split-brain': splitBrain,
  'election-storm': electionStorm,
  availability,
  crashes,
  invariants,
  progress,
  'mutual-exclusion': mutualExclusion,
  overtaking,
  'state-machine': stateMachine,
  rates,
  answered,
  echoes,
  'unique-ids': uniqueIds,
  convergence,
  'counter-sums': counterSums,
  kafka,
} as const;
