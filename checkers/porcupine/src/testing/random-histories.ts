// The same random histories as `histories`, a hundred times faster, for runs of a million: inputs and lies are drawn once, and a
// number is all it takes to find one history again. The surprise: long histories draw without putting back, since values that
// repeat would leave all of them to the search, and fast paths are what they are made for.
import fc from 'fast-check';
import type { Operation } from '../types.ts';
import { build, type Kind, type Plan } from './histories.ts';

export interface Source<I, O> {
  /** Up to eight operations, much of it lost, unseen, wrong or moved. */
  small(seed: number): Operation<I, O>[];
  /** From 10 to about 400 operations, most of them right, values hardly ever repeated. */
  large(seed: number): Operation<I, O>[];
}

type Random = (below: number) => number;

const DRAWN = 2048;

export function makeSource<S, I, O>(kind: Kind<S, I, O>): Source<I, O> {
  const inputs = fc.sample(kind.input, { numRuns: DRAWN, seed: 1 });
  const lies = fc.sample(kind.lie, { numRuns: DRAWN, seed: 2 });

  return {
    small(seed) {
      const random = seeded(seed);
      const fates = ['right', 'right', 'right', 'right', 'lie', 'lost', 'lost without effect', 'unseen'];
      const plans = many(1 + random(8), () => plan(random, inputs[random(DRAWN)] as I, fates[random(8)] as string));
      const history = build(kind, plans);
      for (let changes = random(4) - 1; changes > 0 && history.length > 0; changes--) change(history, random);
      return history;
    },
    large(seed) {
      const random = seeded(seed);
      const size = 10 + random(random(2) === 0 ? 40 : 400);
      const first = random(DRAWN);
      const isCalm = random(2) === 0;
      const fate = (): string => {
        const roll = random(isCalm ? 60 * size : 60);
        return roll === 0 ? 'lost' : roll === 1 ? 'lost without effect' : roll === 2 ? 'unseen' : 'right';
      };
      const history = build(
        kind,
        Array.from({ length: size }, (_, i) => plan(random, inputs[(first + i) % DRAWN] as I, fate())),
      );
      for (let changes = random(3); changes > 0 && history.length > 0; changes--) change(history, random);
      return history;
    },
  };

  function plan(random: Random, input: I, fate: string): Plan<I, O> {
    const [process, wait, before, after] = [random(4), random(4), random(5), random(5)];
    return { input, process, wait, before, after, fate, lie: fate === 'lie' ? lies[random(DRAWN)] : undefined };
  }
}

/** Something goes wrong, as it does with real clients: mostly with times, since a value out of nowhere is too easily found. */
function change<I, O>(history: Operation<I, O>[], random: Random): void {
  const [i, k] = [random(history.length), random(history.length)];
  const [one, other] = [history[i] as Operation<I, O>, history[k] as Operation<I, O>];
  const by = random(13) - 6;
  const what = random(8);
  if (what < 2)
    history[i] = { ...one, call: one.call + by, ...(one.return === undefined ? {} : { return: one.return + by }) };
  else if (what === 2 && one.return !== undefined) history[i] = { ...one, return: one.call };
  else if (what === 3 && one.return !== undefined) history[i] = { ...one, call: one.return };
  else if (what === 4) history.splice(i, 1);
  else if (what === 5) history.push({ ...one, process: 9 });
  else if (one.return !== undefined && other.return !== undefined && actionOf(one) === actionOf(other)) {
    history[i] = { ...one, output: other.output };
    history[k] = { ...other, output: one.output };
  }
}

function actionOf({ input }: Operation): unknown {
  return (input as { readonly action?: unknown }).action;
}

function many<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

/** Mulberry32: small, fast, and good enough to throw dice. */
function seeded(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 4294967296) * below);
  };
}
