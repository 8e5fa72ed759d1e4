/**
 * Combinators that keep operations apart: by thread, by key, by node. And the read that is asked again until it is
 * answered, for the end of a run.
 *
 * The one surprise: a generator that is confined to some threads sees a world of those threads alone, numbered from 0. So
 * confinements nest, and `phases` inside one waits for its own threads and not for everybody's.
 */
import type { Completed, Generator, GeneratorContext, Step } from './generator.ts';
import { nothing, told, transform } from './generators.ts';
import type { Invocation, Nanos, NodeId } from './types.ts';

/** Whichever can go first; among those ready now, one drawn at random. Done when all are. */
export function any(...parts: readonly Generator[]): Generator {
  return {
    next(context): Step {
      const asked = parts.map((part) => part.next(context));
      const ready = asked.flatMap((step, index) => (isReady(step, context.now) ? [index] : []));
      const chosen = ready.length > 0 ? context.random.pick(ready) : soonest(asked);
      if (chosen === undefined) return { kind: 'done' };
      // A wait is kept, an invocation that was not chosen is not: it was a proposal.
      const kept = asked.map((step, index) => {
        if (step.kind === 'done') return nothing;
        return step.kind === 'wait' || index === chosen ? step.next : (parts[index] as Generator);
      });
      const next = any(...kept.filter((part) => part !== nothing));
      const step = asked[chosen] as Exclude<Step, { kind: 'done' }>;
      return { ...step, next };
    },
    update: (event) => any(...parts.map((part) => told(part, event))),
  };
}

const isReady = (step: Step, now: Nanos): boolean => step.kind === 'invoke' && (step.at ?? now) <= now;

/** Index of the step whose time comes first; a wait for a completion has no time and comes last. */
function soonest(steps: readonly Step[]): number | undefined {
  let best: number | undefined;
  let bestTime = Number.POSITIVE_INFINITY;
  steps.forEach((step, index) => {
    if (step.kind === 'done') return;
    const time = (step.kind === 'invoke' ? step.at : step.until) ?? Number.POSITIVE_INFINITY;
    if (best !== undefined && time >= bestTime) return;
    best = index;
    bestTime = time;
  });
  return best;
}

/** Confines a generator to the threads for which `admits` holds. Where there are none it has nothing to give. */
export function onThreads(admits: (thread: number) => boolean, generator: Generator): Generator {
  return {
    next(context): Step {
      const inside = confine(context, admits);
      if (inside.threads.length === 0) return { kind: 'done' };
      if (inside.context.free.length === 0) return { kind: 'wait', next: this };
      const step = generator.next(inside.context);
      if (step.kind === 'done') return step;
      const next = onThreads(admits, step.next);
      return step.kind === 'wait' ? { ...step, next } : { ...step, thread: threadOf(step, inside), next };
    },
    update: (event) => onThreads(admits, admits(event.thread) ? told(generator, insideOf(event, admits)) : generator),
  };
}

interface Confinement {
  /** As seen from outside, ascending; inside they are 0, 1, 2 … */
  readonly threads: readonly number[];
  readonly context: GeneratorContext;
}

function confine(context: GeneratorContext, admits: (thread: number) => boolean): Confinement {
  const threads: number[] = [];
  const free: number[] = [];
  for (let thread = 0; thread < context.threads; thread++) {
    if (!admits(thread)) continue;
    if (context.free.includes(thread)) free.push(threads.length);
    threads.push(thread);
  }
  return { threads, context: { ...context, free, threads: threads.length } };
}

const threadOf = (step: { readonly thread?: number }, { threads, context }: Confinement): number =>
  threads[step.thread ?? context.random.pick(context.free)] as number;

function insideOf(event: Completed, admits: (thread: number) => boolean): Completed {
  let thread = 0;
  for (let other = 0; other < event.thread; other++) if (admits(other)) thread++;
  return { ...event, thread };
}

/**
 * Gives the first threads to one generator, the next to another, and what is left to the last:
 * `reserve([[2, reads], [3, writes]], cas)`.
 */
export function reserve(
  shares: readonly (readonly [threads: number, generator: Generator])[],
  rest: Generator,
): Generator {
  let first = 0;
  const parts = shares.map(([threads, generator]) => {
    const [from, to] = [first, first + threads];
    first = to;
    return onThreads((thread) => thread >= from && thread < to, generator);
  });
  const reserved = first;
  return any(
    ...parts,
    onThreads((thread) => thread >= reserved, rest),
  );
}

/** A generator of its own for each thread. */
export const eachThread = (make: (thread: number) => Generator): Generator => ({
  next: (context) =>
    any(
      ...Array.from({ length: context.threads }, (_, thread) => onThreads((other) => other === thread, make(thread))),
    ).next(context),
});

/** A generator of its own for each node, carried by any thread: each operation is asked of that node. For final reads. */
export const eachNode = (make: (node: NodeId) => Generator): Generator => ({
  next: (context) =>
    any(...context.nodes.map((node) => transform((invocation) => ({ ...invocation, node }), make(node)))).next(context),
});

export interface IndependentOptions {
  /** In order; each is used once. */
  readonly keys: readonly string[];
  /** How many threads work on one key together; all of them, on all keys at once, where nothing is said. */
  readonly threadsPerKey?: number;
}

/**
 * A generator of its own for each key, its operations marked with the key, so that each key has a history of its own
 * (Jepsen's `independent`). With `threadsPerKey` the threads work in groups: a group takes a key, works until its generator
 * is done, and takes the next one that nobody has had.
 */
export function independent(options: IndependentOptions, make: (key: string) => Generator): Generator {
  const { keys, threadsPerKey } = options;
  const marked = (key: string): Generator => transform((invocation) => ({ ...invocation, key }), make(key));
  if (threadsPerKey === undefined) return any(...keys.map(marked));
  return {
    next(context) {
      const groups = Math.max(1, Math.floor(context.threads / threadsPerKey));
      return inGroups({ size: threadsPerKey, marked }, new Array(groups).fill(undefined), keys).next(context);
    },
  };
}

interface Groups {
  readonly size: number;
  marked(key: string): Generator;
}

function inGroups(groups: Groups, working: readonly (Generator | undefined)[], keys: readonly string[]): Generator {
  const admits = (group: number) => (thread: number) => Math.floor(thread / groups.size) === group;
  return {
    next(context): Step {
      const now = [...working];
      let left = keys;
      let wait = Number.POSITIVE_INFINITY;
      let waiting = false;
      // Which group is asked first is drawn: were it always the first, the last would starve.
      for (const group of context.random.shuffle(now.map((_, index) => index))) {
        const inside = confine(context, admits(group));
        while (now[group] !== undefined || left.length > 0) {
          if (inside.context.free.length === 0) {
            waiting = true;
            break;
          }
          const generator = now[group] ?? groups.marked(left[0] as string);
          if (now[group] === undefined) left = left.slice(1);
          const step = generator.next(inside.context);
          now[group] = step.kind === 'done' ? undefined : step.next;
          if (step.kind === 'done') continue;
          if (step.kind === 'invoke') {
            return { ...step, thread: threadOf(step, inside), next: inGroups(groups, now, left) };
          }
          waiting = true;
          wait = Math.min(wait, step.until ?? wait);
          break;
        }
      }
      if (!waiting) return { kind: 'done' };
      return { kind: 'wait', ...(Number.isFinite(wait) ? { until: wait } : {}), next: inGroups(groups, now, left) };
    },
    update(event) {
      const group = Math.floor(event.thread / groups.size);
      const generator = working[group];
      if (generator === undefined) return this;
      return inGroups(groups, working.with(group, told(generator, insideOf(event, admits(group)))), keys);
    },
  };
}

export interface UntilOkOptions {
  /** At most so many times in all. */
  readonly attempts: number;
  /** How long to wait after an attempt that was not ok. */
  readonly pause: Nanos;
}

/** Asks the same again, one at a time, until it is ok or the attempts are used up. Every attempt is in the history. */
export const untilOk = (invocation: Invocation, options: UntilOkOptions): Generator =>
  trying({ invocation, options }, options.attempts, { kind: 'idle', notBefore: 0 });

type Trying =
  | { readonly kind: 'idle'; readonly notBefore: Nanos }
  | { readonly kind: 'asked'; readonly thread: number };

function trying(
  plan: { readonly invocation: Invocation; readonly options: UntilOkOptions },
  left: number,
  state: Trying,
): Generator {
  return {
    next({ now, free, random }): Step {
      if (state.kind === 'asked') return { kind: 'wait', next: this };
      if (left <= 0) return { kind: 'done' };
      if (now < state.notBefore) return { kind: 'wait', until: state.notBefore, next: this };
      // The thread is chosen here because it is how the answer is recognised: a thread carries one operation at a time.
      const thread = random.pick(free);
      return {
        kind: 'invoke',
        invocation: plan.invocation,
        thread,
        next: trying(plan, left - 1, { kind: 'asked', thread }),
      };
    },
    update({ thread, completion, at }) {
      if (state.kind !== 'asked' || state.thread !== thread) return this;
      if (completion.type === 'ok') return nothing;
      return trying(plan, left, { kind: 'idle', notBefore: at + plan.options.pause });
    },
  };
}
