/**
 * The combinators of the pure generators, in the manner of Jepsen's `jepsen.generator`: operations, then rates, then ends,
 * then order. Those that deal with threads, keys and nodes are in `generators-apart.ts`.
 *
 * The one surprise: nothing here remembers anything. A combinator answers with the combinator that stands in its place
 * afterwards, so a generator may be asked twice, kept, or thrown away, and the same draws give the same steps.
 */
import type { Completed, Generator, GeneratorContext, Step } from './generator.ts';
import type { Random } from './random.ts';
import type { Invocation, Nanos } from './types.ts';

// ————— Operations

/** No operation at all. */
export const nothing: Generator = { next: () => ({ kind: 'done' }) };

/** One operation. */
export const once = (invocation: Invocation): Generator => ({
  next: () => ({ kind: 'invoke', invocation, next: nothing }),
});

/** These operations, in this order. */
export const fromList = (invocations: readonly Invocation[]): Generator => concat(...invocations.map(once));

/** Operations without end, each made afresh; `make` must be pure but for the draws from the context's `random`. */
export function repeat(make: (context: GeneratorContext) => Invocation): Generator {
  const forever: Generator = {
    next: (context) => ({ kind: 'invoke', invocation: make(context), next: forever }),
  };
  return forever;
}

/** Changes each operation of a generator, such as to give it a key. The generator hears of what it made itself. */
export function transform(change: (invocation: Invocation) => Invocation, generator: Generator): Generator {
  return transforming(change, generator, new Map());
}

function transforming(
  change: (invocation: Invocation) => Invocation,
  inner: Generator,
  asked: ReadonlyMap<Invocation, Invocation>,
): Generator {
  return {
    next(context) {
      const step = inner.next(context);
      if (step.kind === 'done') return step;
      if (step.kind === 'wait') return { ...step, next: transforming(change, step.next, asked) };
      const changed = change(step.invocation);
      const next = transforming(change, step.next, new Map(asked).set(changed, step.invocation));
      return { ...step, invocation: changed, next };
    },
    update(event) {
      const original = asked.get(event.invocation);
      if (original === undefined) return this;
      const rest = new Map(asked);
      rest.delete(event.invocation);
      return transforming(change, told(inner, { ...event, invocation: original }), rest);
    },
  };
}

/**
 * Draws each operation from one of several generators, by weight. One that is done drops out. The weights hold exactly:
 * when the one drawn wants to wait, all wait for it; so rates belong around a mix, not into it.
 */
export function mix(...parts: readonly (readonly [weight: number, generator: Generator])[]): Generator {
  return mixing(parts, undefined);
}

function mixing(parts: readonly (readonly [number, Generator])[], drawn: number | undefined): Generator {
  const replaced = (index: number, generator: Generator): (readonly [number, Generator])[] =>
    parts.with(index, [parts[index]?.[0] ?? 0, generator]);
  return {
    next(context) {
      if (parts.length === 0) return { kind: 'done' };
      const index = drawn ?? drawByWeight(parts, context.random);
      const step = (parts[index] as readonly [number, Generator])[1].next(context);
      if (step.kind === 'done') return mixing(parts.toSpliced(index, 1), undefined).next(context);
      return { ...step, next: mixing(replaced(index, step.next), step.kind === 'wait' ? index : undefined) };
    },
    update: (event) =>
      mixing(
        parts.map(([weight, generator]) => [weight, told(generator, event)] as const),
        drawn,
      ),
  };
}

function drawByWeight(parts: readonly (readonly [number, Generator])[], random: Random): number {
  let left = random.unit() * parts.reduce((sum, [weight]) => sum + weight, 0);
  for (let index = 0; index < parts.length - 1; index++) {
    left -= parts[index]?.[0] ?? 0;
    if (left < 0) return index;
  }
  return parts.length - 1;
}

// ————— Rates

/**
 * About `rate` operations a second over all threads, the gaps drawn uniformly between nothing and twice the mean. A closed
 * loop: time lost while every thread was busy is not made up for.
 */
export const stagger = (rate: number, generator: Generator): Generator =>
  paced({
    gap: (random) => Math.round((random.unit() * 2e9) / rate),
    after: (_due, now) => now,
    inner: generator,
  });

/**
 * Operations that arrive as a Poisson process of `rate` a second, whatever becomes of the earlier ones. Arrivals that find
 * no free thread wait in line and are made as soon as one is free: with too few threads the loop is no longer open.
 */
export const openLoop = (rate: number, generator: Generator): Generator =>
  paced({
    gap: (random) => Math.round(random.exponential(1e9 / rate)),
    after: (due) => due,
    inner: generator,
  });

/** Operations exactly `interval` apart, the first one at once; those that come late are caught up with. */
export const delay = (interval: Nanos, generator: Generator): Generator =>
  paced({ gap: () => interval, after: (due) => due, inner: generator }, undefined, true);

interface Pace {
  gap(random: Random): Nanos;
  /** From when the next gap counts: from when the last one was due, or from when it was made. */
  after(due: Nanos, now: Nanos): Nanos;
  readonly inner: Generator;
}

function paced(pace: Pace, due?: Nanos, atOnce = false): Generator {
  return {
    next(context): Step {
      const { now, random } = context;
      const time = due ?? (atOnce ? now : now + pace.gap(random));
      if (time > now) return { kind: 'wait', until: time, next: paced(pace, time) };
      const step = pace.inner.next(context);
      if (step.kind === 'done') return step;
      if (step.kind === 'wait') return { ...step, next: paced({ ...pace, inner: step.next }, time) };
      const following = pace.after(time, step.at ?? now) + pace.gap(random);
      return { ...step, next: paced({ ...pace, inner: step.next }, following) };
    },
    update: (event) => paced({ ...pace, inner: told(pace.inner, event) }, due, atOnce),
  };
}

// ————— Ends

/** At most `count` operations. */
export function limit(count: number, generator: Generator): Generator {
  return {
    next(context) {
      if (count <= 0) return { kind: 'done' };
      const step = generator.next(context);
      if (step.kind === 'done') return step;
      return { ...step, next: limit(step.kind === 'invoke' ? count - 1 : count, step.next) };
    },
    update: (event) => limit(count, told(generator, event)),
  };
}

/** No operation later than `duration` after it was first asked. */
export const timeLimit = (duration: Nanos, generator: Generator): Generator => ({
  next: (context) => timeLimited(context.now + duration, generator).next(context),
  update: (event) => timeLimit(duration, told(generator, event)),
});

function timeLimited(end: Nanos, generator: Generator): Generator {
  return {
    next(context) {
      if (context.now >= end) return { kind: 'done' };
      const step = generator.next(context);
      if (step.kind === 'done') return step;
      if (step.kind === 'invoke') {
        if ((step.at ?? context.now) >= end) return { kind: 'wait', until: end, next: nothing };
        return { ...step, next: timeLimited(end, step.next) };
      }
      return { kind: 'wait', until: Math.min(step.until ?? end, end), next: timeLimited(end, step.next) };
    },
    update: (event) => timeLimited(end, told(generator, event)),
  };
}

// ————— Order

/** One after the other: each begins when the former has no more to give, though its last operations may be under way. */
export function concat(...parts: readonly Generator[]): Generator {
  return {
    next(context) {
      for (let index = 0; index < parts.length; index++) {
        const step = (parts[index] as Generator).next(context);
        if (step.kind !== 'done') return { ...step, next: concat(step.next, ...parts.slice(index + 1)) };
      }
      return { kind: 'done' };
    },
    update(event) {
      const [first, ...rest] = parts;
      return first === undefined ? this : concat(told(first, event), ...rest);
    },
  };
}

/** Like `concat`, but each begins only when all operations of the former have completed: all threads are free. */
export function phases(...parts: readonly Generator[]): Generator {
  return {
    next(context): Step {
      const [first, ...rest] = parts;
      if (first === undefined) return { kind: 'done' };
      const step = first.next(context);
      if (step.kind !== 'done') return { ...step, next: phases(step.next, ...rest) };
      if (rest.length === 0) return step;
      if (context.free.length < context.threads) return { kind: 'wait', next: phases(nothing, ...rest) };
      return phases(...rest).next(context);
    },
    update(event) {
      const [first, ...rest] = parts;
      return first === undefined ? this : phases(told(first, event), ...rest);
    },
  };
}

/** Nothing for a while, then no more: a pause between others in `concat` or `phases`. */
export const sleep = (duration: Nanos): Generator => ({
  next: ({ now }) => sleepingUntil(now + duration, now),
});

const sleepingUntil = (end: Nanos, now: Nanos): Step =>
  now >= end
    ? { kind: 'done' }
    : { kind: 'wait', until: end, next: { next: (context) => sleepingUntil(end, context.now) } };

/** The generator that goes on after a completion; most do not care and stay as they are. */
export const told = (generator: Generator, event: Completed): Generator => generator.update?.(event) ?? generator;
