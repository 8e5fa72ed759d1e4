import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NodeFactory } from '../core/node.ts';
import type { FailurePattern, Target } from '../core/target.ts';
import * as registry from './ledger.fixture.ts';
import { ledger, patterns } from './ledger.fixture.ts';
import { gapsOf, latestStopped, lengthOf, readProgress, type Stretches, withStretch } from './progress.ts';
import { createStore } from './store.ts';
import { runSuite, type SuiteOptions, type SuiteProgress } from './suite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pitchpole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('stretches of seeds', () => {
  test('those that touch become one, in whatever order they are done', () => {
    const done = (
      [
        [20, 25],
        [0, 5],
        [10, 20],
        [5, 10],
      ] as const
    ).reduce<Stretches>(withStretch, []);
    expect(done).toEqual([[0, 25]]);
    expect(lengthOf(done)).toBe(25);
  });

  test('the gaps are what is left to do', () => {
    const done: Stretches = [
      [5, 10],
      [20, 25],
    ];
    expect(gapsOf(done, 30)).toEqual([
      [0, 5],
      [10, 20],
      [25, 30],
    ]);
    expect(gapsOf(done, 25)).toEqual([
      [0, 5],
      [10, 20],
    ]);
    expect(gapsOf([[0, 30]], 30)).toEqual([]);
  });
});

/** Counts the runs of each twin, by the keeper's first start in each world. */
function counted() {
  const runs = { flawed: 0, fixed: 0 };
  const node: NodeFactory = (environment, variant) => {
    const inner = ledger.node?.(environment, variant) as ReturnType<NodeFactory>;
    return {
      ...inner,
      start() {
        // The keeper restarts; the last node is never struck.
        if (environment.self === 'n3') runs[variant.sync === false ? 'flawed' : 'fixed']++;
        inner.start();
      },
    };
  };
  const target: Target = { ...ledger, node };
  return { runs, target };
}

const named = (title: string): FailurePattern => patterns.find((pattern) => pattern.title === title) as FailurePattern;

const suite = (target: Target, pattern: FailurePattern, change: Partial<SuiteOptions>) =>
  runSuite({
    ...{ patterns: [{ target, pattern }], world: 'sim', baseSeed: 0x5eed, seeds: 45, overrides: { duration: 1.5e9 } },
    ...{ store: createStore(folder, 'run'), registry: { ...registry, targets: { ledger: target } } },
    ...{ registryUrl: import.meta.url, workers: 0, version: '0', environment: {} },
    ...change,
  });

describe('a suite that is stopped', () => {
  test('goes on where it stopped: no seed is run again, and the finding is that of one that was never stopped', async () => {
    const whole = await suite(ledger, named('regressed'), {});
    expect(existsSync(join(folder, 'run', 'progress.json'))).toBe(false);

    const controller = new AbortController();
    const stopped = await suite(ledger, named('regressed'), {
      signal: controller.signal,
      progress: ({ all }) => all.done >= 15 && controller.abort(),
    });
    expect(stopped.findings[0]?.flaws[0]?.status).toBe('regressed');
    expect(stopped.interrupted).toBe(true);

    const resume = readProgress(join(folder, 'run'));
    const seen: SuiteProgress[] = [];
    const resumed = await suite(ledger, named('regressed'), { resume, progress: (progress) => seen.push(progress) });
    const {
      milliseconds: _,
      flawed,
      fixed,
      shrunk: __,
      ...rest
    } = { milliseconds: 0, ...resumed.findings[0]?.flaws[0] };
    const expected = whole.findings[0]?.flaws[0];
    expect({ ...rest, flawed: flawed?.hash, fixed: fixed?.hash }).toEqual({
      ...{
        flaw: expected?.flaw,
        status: 'regressed',
        because: expected?.because,
        fixedConvicted: expected?.fixedConvicted,
      },
      ...{ flawedTried: expected?.flawedTried, fixedTried: 45, fixedUnknown: 0 },
      ...{ operations: expected?.operations, faults: expected?.faults },
      ...{ flawed: expected?.flawed?.hash, fixed: expected?.fixed?.hash },
    });
    const known = resume.flaws['ledger/regressed regressed'];
    expect(seen[0]?.all.before).toBe(lengthOf(known?.done ?? []) + (known?.searched.tried ?? 0));
    expect(seen[0]?.all.before).toBeGreaterThanOrEqual(15);
    expect(seen.at(-1)?.all.done).toBe(seen.at(-1)?.all.planned);
    expect(existsSync(join(folder, 'run', 'progress.json'))).toBe(false);
  });

  test('each seed of the fixed twin is run once over both halves, but for those of the guard', async () => {
    const { runs, target } = counted();
    const controller = new AbortController();
    const change = { twins: 'fixed' } as const;
    await suite(target, named('reproduced'), {
      ...{ ...change, signal: controller.signal },
      progress: ({ all }) => all.done >= 15 && controller.abort(),
    });
    const resume = readProgress(join(folder, 'run'));
    const done = lengthOf(resume.flaws['ledger/reproduced unsynced']?.done ?? []);
    expect(done).toBeGreaterThanOrEqual(15);
    // One of twenty is run twice.
    expect(runs.fixed).toBe(done + Math.ceil(done / 20));
    const { findings } = await suite(target, named('reproduced'), { ...change, resume });
    // And one is run once more, to be shown.
    expect(runs.fixed).toBe(45 + 3 + 1);
    expect(findings[0]?.flaws[0]).toMatchObject({ status: 'reproduced', fixedTried: 45 });
  });

  test('its file is small, however many seeds are done', async () => {
    const controller = new AbortController();
    await suite(ledger, named('alarmist'), {
      ...{ seeds: 100_000, tries: 1, signal: controller.signal },
      progress: ({ all }) => all.done >= 50 && controller.abort(),
    });
    const file = join(folder, 'run', 'progress.json');
    expect(statSync(file).size).toBeLessThan(200_000);
    expect(JSON.parse(readFileSync(file, 'utf8')).flaws['ledger/alarmist alarmist'].done.length).toBe(1);
  });
});

describe('what there is to go on with', () => {
  test('the newest run that was stopped', () => {
    expect(latestStopped(join(folder, 'nowhere'))).toBeUndefined();
    for (const id of ['a', 'b', 'c']) mkdirSync(join(folder, id));
    for (const id of ['a', 'b']) writeFileSync(join(folder, id, 'progress.json'), '{}');
    expect(latestStopped(folder)).toBe('b');
  });

  test('a folder without it, and one with something else, are refused with a hint', () => {
    expect(() => readProgress(folder)).toThrow(/holds nothing to go on with/);
    writeFileSync(join(folder, 'progress.json'), '{"version":1}');
    expect(() => readProgress(folder)).toThrow(/cannot be read: version/);
    writeFileSync(join(folder, 'progress.json'), '{"ver');
    expect(() => readProgress(folder)).toThrow(/cannot be read/);
  });
});
