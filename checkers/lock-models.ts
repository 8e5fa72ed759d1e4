/**
 * Locks and semaphores in the words of a history. An owner is the operation's input where that is a name, else its process.
 *
 * The one surprise: `fail` and an answer of `false` are two things. Whoever failed (gave up waiting, lost the connection and
 * knows that nothing happened) says nothing about the lock; whom the lock answered `false` saw that it was not to be had.
 */
import {
  type FencedLockInput,
  type FencedLockState,
  fencedLock,
  type MutexInput,
  mutex,
  type ReentrantLockInput,
  type ReentrantLockState,
  reentrantLock,
  type SemaphoreInput,
  semaphore,
} from 'porcupine-ts';
import type { Operation } from '../harness/core/types.ts';
import { adapter, failed, type ModelAdapter } from './model-adapter.ts';

type LockAction = MutexInput['action'];

const lockAction = ({ action }: Operation): LockAction =>
  action === 'release' ? 'release' : action === 'try-acquire' ? 'try-acquire' : 'acquire';

const refusal = ({ completion }: Operation): { output?: boolean } =>
  completion.type === 'ok' && typeof completion.output === 'boolean' ? { output: completion.output } : {};

const ownerOf = ({ input, process }: Operation): string | number =>
  typeof input === 'string' || typeof input === 'number' ? input : process;

const semaphoreOf = (permits: number): ModelAdapter =>
  adapter<Readonly<Record<string, number>>, SemaphoreInput, boolean>({
    about: `${permits} ${permits === 1 ? 'permit' : 'permits'} that anybody may give back; the input says how many at once, else 1`,
    actions: ['acquire', 'try-acquire', 'release'],
    model: semaphore({ permits }),
    say(operation) {
      if (failed(operation)) return undefined;
      const { input } = operation;
      const asked = typeof input === 'number' ? { permits: input } : {};
      return { input: { action: lockAction(operation), ...asked }, ...refusal(operation) };
    },
  });

export const lockModels = {
  mutex: adapter<string | number | null, MutexInput, boolean>({
    about: 'a lock that anybody may release',
    actions: ['acquire', 'try-acquire', 'release'],
    model: mutex(),
    say: (operation) =>
      failed(operation) ? undefined : { input: { action: lockAction(operation) }, ...refusal(operation) },
  }),
  'reentrant-lock': adapter<ReentrantLockState, ReentrantLockInput, boolean>({
    about: 'a lock that its holder may acquire again; the owner is the input, else the process',
    actions: ['acquire', 'try-acquire', 'release'],
    model: reentrantLock(),
    say: (operation) =>
      failed(operation)
        ? undefined
        : { input: { action: lockAction(operation), owner: ownerOf(operation) }, ...refusal(operation) },
  }),
  semaphore: semaphoreOf(2),
  'fenced-lock': adapter<FencedLockState, FencedLockInput, number | boolean>({
    about: 'a lock whose every acquisition has a larger token, its output; the owner is the input, else the process',
    actions: ['acquire', 'try-acquire', 'release'],
    model: fencedLock(),
    say(operation) {
      if (failed(operation)) return undefined;
      const input = { action: lockAction(operation), owner: ownerOf(operation) };
      const { completion } = operation;
      const token = completion.type === 'ok' && typeof completion.output === 'number' ? completion.output : undefined;
      return token === undefined ? { input, ...refusal(operation) } : { input, output: token };
    },
  }),
} as const satisfies Readonly<Record<string, ModelAdapter>>;
