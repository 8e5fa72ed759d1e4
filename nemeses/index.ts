// All nemeses by name. A new one is a file and a line.
import { churn } from './churn.ts';
import { clock } from './clock.ts';
import { dependency } from './dependency.ts';
import { deposeAndRestart } from './depose-and-restart.ts';
import { figureEight } from './figure-eight.ts';
import { isolateAndRestart } from './isolate-and-restart.ts';
import { kill } from './kill.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { power } from './power.ts';
import { slow } from './slow.ts';

export const nemeses = {
  partition,
  kill,
  pause,
  clock,
  power,
  slow,
  dependency,
  churn,
  'isolate-and-restart': isolateAndRestart,
  'figure-eight': figureEight,
  'depose-and-restart': deposeAndRestart,
} as const;
