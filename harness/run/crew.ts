/**
 * The threads that carry a generator's operations, each with one operation at a time, and the clients they carry them with.
 *
 * The one surprise: a thread outlives its process. After an `info` nobody knows whether the operation is still at work, so
 * the process may not be used again: the thread goes on as process + concurrency, with a client of its own (as in Jepsen).
 */
import { assert } from '../core/errors.ts';
import type { Generator, Step } from '../core/generator.ts';
import { told } from '../core/generators.ts';
import type { Recorder } from '../core/history.ts';
import type { Random } from '../core/random.ts';
import type { Client, Door } from '../core/target.ts';
import type { Completion, Invocation, Nanos } from '../core/types.ts';
import type { World } from '../core/world.ts';

export interface Crew {
  /** Carries all that the generator gives; `done` when there is no more and every thread is free again. */
  play(generator: Generator, phase: 'main' | 'final', done?: () => void): void;
  /** Nothing new from now on; what is under way may still come back. */
  stop(): void;
  /** Takes the threads away from operations that are still open; these come back to the history alone, if they do. */
  abandon(): void;
  /** Closes all clients; what comes back later is not recorded. */
  close(): void;
}

export interface CrewOptions {
  readonly world: World;
  readonly recorder: Recorder;
  readonly concurrency: number;
  readonly random: Random;
  open(door: Door): Client;
  /** Told of what only a bug of a generator or client can cause. */
  failed(error: unknown): void;
}

interface Thread {
  process: number;
  client: Client | undefined;
  /** Counts operations, so that one which comes back after it was abandoned is recognised. */
  turn: number;
  busy: boolean;
}

export function createCrew(options: CrewOptions): Crew {
  const { world, recorder, concurrency, failed } = options;
  const { nodes } = world.cluster;
  const choice = options.random.split('threads');
  const threads = Array.from({ length: concurrency }, (_, process): Thread => {
    return { process, client: undefined, turn: 0, busy: false };
  });
  /** Ascending, and never changed in place: a generator may keep what it was shown. */
  let free: readonly number[] = threads.map(({ process }) => process);
  let playing: { generator: Generator; phase: 'main' | 'final'; random: Random; exhausted: boolean } | undefined;
  let done: (() => void) | undefined;
  let asking = false;
  let askAgain = false;
  let wake = Number.POSITIVE_INFINITY;
  let closed = false;

  const nodeOf = (process: number): string => nodes[process % nodes.length] as string;

  /** Asks until there is nothing to do for now. Completions within it only ask for another round: no recursion. */
  const ask = (): void => {
    askAgain = true;
    if (asking) return;
    asking = true;
    try {
      while (askAgain) {
        askAgain = false;
        while (askOnce());
      }
    } catch (error) {
      playing = undefined;
      failed(error);
    } finally {
      asking = false;
    }
  };

  /** Asked at every step: a plain loop costs a tenth of what `flatMap` does. */
  const freeThreads = (): readonly number[] => {
    const free: number[] = [];
    for (let thread = 0; thread < threads.length; thread++) if (!threads[thread]?.busy) free.push(thread);
    return free;
  };

  const askOnce = (): boolean => {
    if (playing === undefined || closed) return false;
    const free = freeThreads();
    if (playing.exhausted) {
      if (free.length === concurrency) finish();
      return false;
    }
    if (free.length === 0) return false;
    const now = world.now();
    const { generator, random } = playing;
    const step = generator.next({ now, random, free, threads: concurrency, nodes });
    if (step.kind === 'done') {
      playing.exhausted = true;
      return true;
    }
    if (step.kind === 'wait') {
      playing.generator = step.next;
      if (step.until !== undefined) {
        assert(step.until > now, `a generator waits until ${step.until}, which is past at ${now}`);
        wakeAt(step.until);
      } else if (free.length === concurrency) {
        // Nothing is under way and no time was named: nothing could ever wake it.
        playing.exhausted = true;
        return true;
      }
      return false;
    }
    if (step.at !== undefined && step.at > now) {
      wakeAt(step.at);
      return false;
    }
    playing.generator = step.next;
    carry(step);
    return true;
  };

  const wakeAt = (time: Nanos): void => {
    if (time >= wake) return;
    wake = time;
    world.at(time, () => {
      if (wake === time) wake = Number.POSITIVE_INFINITY;
      ask();
    });
  };

  const carry = (step: Extract<Step, { kind: 'invoke' }>): void => {
    const number = step.thread ?? choice.pick(free);
    const thread = threads[number];
    assert(thread !== undefined && !thread.busy, `a generator chose thread ${number}, which is not free`);
    const { invocation } = step;
    const { process } = thread;
    const turn = ++thread.turn;
    thread.busy = true;
    free = free.filter((other) => other !== number);
    const node = nodeOf(process);
    const phase = playing?.phase ?? 'main';
    const index = recorder.invoke(invocation, process, invocation.node ?? node, world.now(), phase);
    let returned = false;
    const returns = (completion: Completion): void => {
      assert(!returned, `the client of process ${process} completed operation ${index} twice`);
      returned = true;
      if (closed) return;
      recorder.complete(index, completion, world.now());
      // An abandoned operation has no thread any more: the history alone is told.
      if (thread.turn === turn) release(number, invocation, completion);
    };
    try {
      thread.client ??= options.open(world.door(process, node));
      thread.client.invoke(invocation, (completion) => {
        try {
          returns(completion);
        } catch (error) {
          failed(error);
        }
      });
    } catch (error) {
      // What a client throws is unclassified, and so says nothing about whether the operation took place.
      if (!returned) returns({ type: 'info', error: String(error) });
      else failed(error);
    }
  };

  const release = (number: number, invocation: Invocation, completion: Completion): void => {
    const thread = threads[number] as Thread;
    thread.busy = false;
    free = withThread(free, number);
    if (completion.type === 'info') retire(thread);
    if (playing !== undefined) {
      playing.generator = told(playing.generator, { invocation, completion, at: world.now(), thread: number });
    }
    ask();
  };

  const retire = (thread: Thread): void => {
    thread.client?.close();
    thread.client = undefined;
    thread.process += concurrency;
  };

  const finish = (): void => {
    playing = undefined;
    const tell = done;
    done = undefined;
    tell?.();
  };

  return {
    play(generator, phase, whenDone) {
      playing = { generator, phase, random: options.random.split(`workload:${phase}`), exhausted: false };
      done = whenDone;
      ask();
    },
    stop() {
      playing = undefined;
      done = undefined;
    },
    abandon() {
      for (const thread of threads) {
        if (!thread.busy) continue;
        thread.turn++;
        thread.busy = false;
        retire(thread);
      }
      free = threads.map((_, number) => number);
    },
    close() {
      closed = true;
      playing = undefined;
      for (const thread of threads) thread.client?.close();
    },
  };
}

function withThread(free: readonly number[], number: number): number[] {
  const place = free.findIndex((other) => other > number);
  return place < 0 ? [...free, number] : free.toSpliced(place, 0, number);
}
