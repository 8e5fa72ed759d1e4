// All nemeses by name. A new one is a file and a line.
import { churn } from './churn.ts';
import { clock, drift } from './clock.ts';
import { clog, swizzle } from './clog.ts';
import { dependency } from './dependency.ts';
import { deposeAndRestart } from './depose-and-restart.ts';
import { bitFlip, cutShort, diskError, diskFull, diskReadOnly, diskSlow } from './disk.ts';
import { bandwidth, corrupt, duplicate, loss, reorder, slow } from './disturb.ts';
import { figureEight } from './figure-eight.ts';
import { isolateAndRestart } from './isolate-and-restart.ts';
import { kill } from './kill.ts';
import { cpu, files, memory } from './limits.ts';
import { partition } from './partition.ts';
import { pause } from './pause.ts';
import { power } from './power.ts';
import { reset } from './reset.ts';
import { rollingRestart, stop, wipe } from './stop.ts';

export const nemeses = {
  partition,
  kill,
  pause,
  clock,
  power,
  slow,
  loss,
  duplicate,
  reorder,
  bandwidth,
  corrupt,
  clog,
  swizzle,
  reset,
  stop,
  'rolling-restart': rollingRestart,
  wipe,
  drift,
  'disk-full': diskFull,
  'disk-read-only': diskReadOnly,
  'disk-slow': diskSlow,
  'disk-error': diskError,
  'bit-flip': bitFlip,
  'cut-short': cutShort,
  cpu,
  memory,
  files,
  dependency,
  churn,
  'isolate-and-restart': isolateAndRestart,
  'figure-eight': figureEight,
  'depose-and-restart': deposeAndRestart,
} as const;
