import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailurePattern, Flaw } from '../core/target.ts';
import type { History } from '../core/types.ts';
import { variantOf } from './circumstances.ts';
import { ledger, nemeses, patterns, scenario, workloads } from './ledger.fixture.ts';
import { type FullRunResult, runOnce } from './run.ts';
import { minimize, runTale, type ShrinkOptions, shrink } from './shrink.ts';
import { storyOf } from './story.ts';

const registries = { workloads, nemeses };
const pattern = patterns[0] as FailurePattern;
const flaw = pattern.flaws[0] as Flaw;
const base = { target: ledger, pattern, flaw, scenario, registries };
const variant = (twin: 'flawed' | 'fixed') => variantOf(ledger, flaw, scenario, twin);

const runSeed = (seed: number, twin: 'flawed' | 'fixed'): Promise<FullRunResult> =>
  runOnce({ ...base, variant: variant(twin), seed, world: 'sim' });

/** The first seed that loses a number. */
async function failing(): Promise<FullRunResult> {
  for (let seed = 1; seed <= 20; seed++) {
    const run = await runSeed(seed, 'flawed');
    if (run.valid === 'invalid') return run;
  }
  throw new Error('the flawed ledger lost nothing');
}

const optionsFor = (history: History): ShrinkOptions => ({
  ...base,
  variant: variant('flawed'),
  history,
  anomaly: 'lost-write',
  limitMs: 60_000,
});

describe('shrink', () => {
  it('leaves one write, one read and one power cut of a ledger that lost some of hundreds', async () => {
    const run = await failing();
    const shrunk = await shrink(optionsFor(run.history));
    expect(run.operations).toBeGreaterThan(100);
    expect(shrunk?.finished).toBe(true);
    expect(shrunk?.tale.story.operations.map(({ action }) => action).sort()).toEqual(['add', 'read']);
    expect(shrunk?.tale.schedule).toHaveLength(1);
    expect(shrunk?.tale.nodes).toBe(1);
    expect(shrunk?.run.anomalies).toEqual(['lost-write']);
  });

  it('tells the same story with the same bytes each time', async () => {
    const { history } = await failing();
    const digest = async (): Promise<string> => {
      const shrunk = await shrink(optionsFor(history));
      const hash = createHash('sha256');
      if (shrunk) await runTale(optionsFor(history), shrunk.tale, (line) => hash.update(line));
      return hash.digest('hex');
    };
    expect(await digest()).toBe(await digest());
  });

  it('says nothing of a run that does not fail', async () => {
    const { history } = await runSeed(1, 'fixed');
    const options = { ...optionsFor(history), variant: variant('fixed') };
    expect(await shrink(options)).toBeUndefined();
  });

  it('stops at its limit with the best so far', async () => {
    const { history } = await failing();
    const shrunk = await shrink({ ...optionsFor(history), limitMs: 0 });
    expect(shrunk?.finished).toBe(false);
    expect(shrunk?.run.anomalies).toContain('lost-write');
  });
});

describe('storyOf', () => {
  it('asks what the history asked, of the same nodes, in the same order', async () => {
    const { history } = await runSeed(3, 'fixed');
    const story = storyOf(history, scenario.duration);
    const told = await runTale(
      { ...base, variant: variant('fixed') },
      { seed: 3, nodes: 3, schedule: history.header.schedule, story },
    );
    const asked = ({ operations }: History) =>
      operations.filter(({ phase }) => phase === 'main').map(({ node, action, input }) => `${action} ${input} ${node}`);
    expect(asked(told.history)).toEqual(asked(history));
    expect(told.valid).toBe('valid');
  });
});

describe('minimize', () => {
  it('finds exactly what is needed, where all of it is needed together', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        fc.uniqueArray(fc.nat(59), { maxLength: 6 }),
        async (n, wanted) => {
          const items = Array.from({ length: n }, (_, index) => index);
          const needed = wanted.filter((item) => item < n).sort((a, b) => a - b);
          const fails = async (rest: readonly number[]) => needed.every((item) => rest.includes(item));
          expect(await minimize(items, fails)).toEqual(needed);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('leaves nothing that could be left out alone, where one of several is enough', async () => {
    const fails = async (rest: readonly number[]) => rest.filter((item) => item % 3 === 0).length >= 2;
    const kept = await minimize(
      Array.from({ length: 40 }, (_, index) => index),
      fails,
    );
    expect(kept).toHaveLength(2);
    expect(await fails(kept)).toBe(true);
  });
});
