import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HarnessError } from '../core/errors.ts';
import type { Finding } from '../core/finding.ts';
import type { FailurePattern, Flaw } from '../core/target.ts';
import { createSimWorld } from '../sim/world.ts';
import { scenarioOf, seedOf, variantOf } from './circumstances.ts';
import * as registry from './ledger.fixture.ts';
import { ledger, patternOf, patterns } from './ledger.fixture.ts';
import { originOf, replay } from './replay.ts';
import { createStore, readHistory, readSuite } from './store.ts';
import { runSuite, type SuiteOptions, type SuiteProgress } from './suite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pitchpole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const suite = (which: readonly FailurePattern[], change: Partial<SuiteOptions> = {}) =>
  runSuite({
    patterns: which.map((pattern) => ({ target: ledger, pattern })),
    world: 'sim',
    baseSeed: 0x5eed,
    seeds: 6,
    tries: 20,
    store: createStore(folder, 'run'),
    registry,
    registryUrl: new URL('./ledger.fixture.ts', import.meta.url).href,
    workers: 0,
    version: '0',
    environment: {},
    ...change,
  });

const named = (name: string): FailurePattern => patterns.find(({ title }) => title === name) as FailurePattern;
const only = async (name: string, change: Partial<SuiteOptions> = {}) => {
  const { findings } = await suite([named(name)], change);
  const finding = findings[0] as Finding;
  return { finding, flaw: finding.flaws[0] as Finding['flaws'][number] };
};

describe('every status', () => {
  test('reproduced: the flawed twin is convicted as expected, the fixed one acquitted on all seeds', async () => {
    const { finding, flaw } = await only('reproduced');
    expect(flaw.because).toMatch(
      /^without this prevention lost-write at seed 0x00005e\w\w; the fixed twin was acquitted on 6 seeds$/,
    );
    expect(finding.status).toBe('reproduced');
    expect(flaw).toMatchObject({ fixedTried: 6, fixedConvicted: [], fixedUnknown: 0 });
    expect(flaw.flawed).toMatchObject({ valid: 'invalid', anomalies: ['lost-write'], variant: { sync: false } });
    expect(flaw.fixed).toMatchObject({ valid: 'valid', seed: flaw.flawed?.seed, variant: { sync: true } });
    expect(flaw.operations).toBeGreaterThan(6 * 500);
    expect(flaw.faults).toBeGreaterThan(6);
  });

  test('not-reproduced: a flaw that does no harm', async () => {
    const { finding, flaw } = await only('harmless');
    expect(finding.status).toBe('not-reproduced');
    expect(flaw.because).toBe('the flawed twin was not convicted of lost-write in 20 seeds');
    expect(flaw.flawedTried).toBe(20);
  });

  test('not-reproduced: an anomaly that nobody expected', async () => {
    const { flaw } = await only('other-anomaly');
    expect(flaw.status).toBe('not-reproduced');
    expect(flaw.because).toMatch(/convicted of lost-write, not of split-brain \(20 seeds tried\)$/);
  });

  test('not-reproduced: the signal stays silent in the flawed twin', async () => {
    const { flaw } = await only('silent');
    expect(flaw.status).toBe('not-reproduced');
    expect(flaw.because).toMatch(/convicted of lost-write, but the signal "s" stayed silent/);
    expect(flaw.flawed?.anomalies).toEqual(['lost-write']);
  });

  test('not-reproduced: the signal fires in the healthy twin', async () => {
    const { flaw } = await only('alarmist');
    expect(flaw.status).toBe('not-reproduced');
    expect(flaw.because).toBe('the signal "s" fired in the fixed twin too, on 6 of 6 seeds, first 0x00005eed: always');
  });

  test('regressed: the fixed twin is convicted, and the run that shows it is kept', async () => {
    const { finding, flaw } = await only('regressed', { seeds: 12 });
    expect(finding.status).toBe('regressed');
    expect(flaw.because).toMatch(/^the fixed twin was convicted of lost-write on \d+ of 12 seeds, first 0x0000/);
    expect(flaw.fixed?.valid).toBe('invalid');
    expect(flaw.fixed?.seed).toBe(flaw.fixedConvicted[0]);
  });

  test('unknown: the fixed twin cannot be judged', async () => {
    const { flaw } = await only('no-opinion');
    expect(flaw.status).toBe('unknown');
    expect(flaw.because).toMatch(
      /could not be judged on 6 of 6 seeds, first 0x00005eed: the checker threw: not today$/,
    );
    expect(flaw.fixedUnknown).toBe(6);
  });

  test('crashed: what is wrong is told, and the other patterns go on', async () => {
    const { findings } = await suite([named('crashed'), named('reproduced')]);
    expect(findings.map(({ status }) => status)).toEqual(['crashed', 'reproduced']);
    expect(findings[0]?.flaws[0]?.because).toBe('seed 0x00005eed: There is no node n9. Name another.');
  });

  test('a pattern that does not run in this world is skipped with the reason', async () => {
    const { findings } = await suite([named('reproduced')], { world: 'docker' });
    expect(findings[0]).toMatchObject({ status: 'unknown', skipped: 'it runs in sim only', flaws: [] });
  });

  test('a pattern without flaws is not a pass', async () => {
    const { findings } = await suite([patternOf('empty')]);
    expect(findings[0]).toMatchObject({ status: 'unknown', skipped: 'it has neither flaws nor controls yet' });
  });

  test('a control runs the fixed twin only, and must be acquitted', async () => {
    const { scenario } = named('harmless').flaws[0] as Flaw;
    const pattern = { ...patternOf('controls'), controls: [{ name: 'control', about: 'all is well', scenario }] };
    const target = { ...ledger, patterns: [pattern] };
    const { findings } = await suite([], {
      patterns: [{ target, pattern }],
      registry: { ...registry, targets: { ledger: target } },
    });
    expect(findings[0]).toMatchObject({ status: 'reproduced' });
    expect(findings[0]?.flaws[0]).toMatchObject({ flawedTried: 0, because: 'the fixed twin was acquitted on 6 seeds' });
    expect(findings[0]?.flaws[0]?.flawed).toBeUndefined();
  });
});

describe('one twin alone', () => {
  test('flawed', async () => {
    const { flaw } = await only('reproduced', { twins: 'flawed' });
    expect(flaw).toMatchObject({ status: 'reproduced', fixedTried: 0 });
    expect(flaw.because).toContain('the fixed twin was not run');
  });

  test('fixed', async () => {
    const { flaw } = await only('reproduced', { twins: 'fixed' });
    expect(flaw).toMatchObject({ status: 'reproduced', flawedTried: 0, fixedTried: 6 });
    expect(flaw.because).toBe('the fixed twin was acquitted on 6 seeds; the flawed twin was not run');
  });
});

describe('workers', () => {
  test('threads find the same as none, to the byte of the histories', async () => {
    const alone = await suite([named('reproduced'), named('regressed')]);
    const files = ['ledger-reproduced.unsynced.flawed.jsonl', 'ledger-reproduced.unsynced.fixed.jsonl'];
    const before = files.map((file) => readFileSync(join(folder, 'run', file), 'utf8'));
    const threaded = await suite([named('reproduced'), named('regressed')], { workers: 2 });
    const plain = (result: typeof alone) =>
      result.findings.flatMap(({ flaws }) =>
        flaws.map(({ status, because, fixedConvicted, flawed }) => [
          status,
          because,
          fixedConvicted,
          flawed?.hash,
          flawed?.seed,
        ]),
      );
    expect(plain(threaded)).toEqual(plain(alone));
    expect(files.map((file) => readFileSync(join(folder, 'run', file), 'utf8'))).toEqual(before);
  });
});

test.each([
  ['is not there', './nowhere.ts', /Cannot find|find module/],
  ['breaks as it is loaded', 'data:text/javascript,throw new Error("no config")', /no config/],
])('a registry that %s is told, and nobody waits for ever', async (_, module, message) => {
  const { flaw } = await only('reproduced', { workers: 2, registryUrl: new URL(module, import.meta.url).href });
  expect(flaw.status).toBe('crashed');
  expect(flaw.because).toMatch(message);
});

test('a worker that dies takes its errand with it, and no other', async () => {
  const dying = `data:text/javascript,process.exit(3)`;
  const { flaw } = await only('reproduced', { workers: 2, registryUrl: dying });
  expect(flaw.because).toBe('the worker thread ended');
});

describe('what is kept', () => {
  test('both twins of the convicting seed with their messages, readable and saved with the result', async () => {
    const result = await suite([named('reproduced')]);
    const store = createStore(folder, 'run');
    store.saveResult(result);
    const flaw = readSuite(store.folder).findings[0]?.flaws[0];
    for (const run of [flaw?.flawed, flaw?.fixed]) {
      expect(run?.history?.complete).toBe(true);
      expect(run?.history?.messages.length).toBeGreaterThan(100);
    }
    expect(flaw?.flawed?.history?.header).toMatchObject({
      pattern: 'ledger/reproduced',
      flaw: 'unsynced',
      twin: 'flawed',
    });
  });

  test('a replay from the stored header gives the bytes of the file', async () => {
    const result = await suite([named('reproduced')]);
    const file = join(folder, 'run', result.findings[0]?.flaws[0]?.flawed?.file ?? '');
    const lines: string[] = [];
    const origin = originOf(readHistory(file).history.header, registry);
    const { run, digest } = await replay({ ...origin, registries: registry, sink: (line) => lines.push(line) });
    expect(`${lines.join('\n')}\n`).toBe(readFileSync(file, 'utf8'));
    expect(run.anomalies).toEqual(['lost-write']);
    const again = await replay({ ...origin, registries: registry });
    expect(again.digest).toBe(digest);
  });

  test('a history of something unknown cannot be replayed, and that is told', async () => {
    await suite([named('reproduced')]);
    const { header } = readHistory(join(folder, 'run', 'ledger-reproduced.unsynced.flawed.jsonl')).history;
    expect(() => originOf({ ...header, pattern: 'ledger/gone' }, registry)).toThrow(HarnessError);
  });
});

describe('progress and interruption', () => {
  test('progress only grows, ends complete, and each finding is told as it is made', async () => {
    const seen: SuiteProgress[] = [];
    const told: string[] = [];
    const result = await suite([named('reproduced'), named('silent')], {
      progress: (progress) => seen.push(progress),
      finding: ({ pattern }) => told.push(pattern.id),
    });
    for (const { pattern } of result.findings) {
      const mine = seen.filter((progress) => progress.pattern === pattern.id);
      expect(mine.map(({ done }) => done)).toEqual(mine.map(({ done }) => done).toSorted((a, b) => a - b));
      expect(mine.at(-1)?.done).toBe(mine.at(-1)?.planned);
    }
    expect(told.toSorted()).toEqual(['ledger/reproduced', 'ledger/silent']);
  });

  test.each([0, 2])('an interruption ends it soon, and what is not known is unknown: %i workers', async (workers) => {
    const controller = new AbortController();
    const result = await suite([named('reproduced')], {
      workers,
      seeds: 100_000,
      signal: controller.signal,
      progress: ({ done }) => done > 10 && controller.abort(),
    });
    expect(result.interrupted).toBe(true);
    expect(result.findings[0]).toMatchObject({ status: 'unknown' });
    expect(result.findings[0]?.flaws[0]?.because).toBe('interrupted before all seeds were tried');
  });
});

describe('in containers (here: the simulator in their place)', () => {
  const live = { ...ledger, worlds: ['sim', 'docker'] } as const;
  const run = (name: string, change: Partial<SuiteOptions> = {}) => {
    const pattern: FailurePattern = { ...named(name), worlds: ['docker'] };
    return suite([], {
      patterns: [{ target: live, pattern }],
      world: 'docker',
      seeds: 1,
      createDockerWorld: createSimWorld,
      ...change,
    });
  };

  test('the flawed twin gets few seeds, the fixed one the seed that convicted; histories are on disk as they grew', async () => {
    const { findings } = await run('reproduced', { tries: 20 });
    const flaw = findings[0]?.flaws[0];
    expect(flaw).toMatchObject({ status: 'reproduced', fixedTried: 1 });
    expect(flaw?.fixed?.seed).toBe(flaw?.flawed?.seed);
    const { history } = readHistory(join(folder, 'run', flaw?.flawed?.file ?? ''));
    expect(history).toEqual(flaw?.flawed?.history);
    expect(history.header.world).toBe('docker');
  });

  test('it gives up after its tries', async () => {
    const { findings } = await run('harmless', { tries: 3 });
    expect(findings[0]?.flaws[0]).toMatchObject({ status: 'not-reproduced', flawedTried: 3, fixedTried: 1 });
  });

  test('no containers at all is no finding but an error', async () => {
    const missing = () => {
      throw new HarnessError({ code: 'missing', message: 'no engine', hint: 'start one' });
    };
    await expect(run('reproduced', { createDockerWorld: missing })).rejects.toThrow('no engine');
  });

  test('what breaks in one run is a crash of that pattern', async () => {
    const breaking = () => {
      throw new Error('the volume is full');
    };
    const { findings } = await run('reproduced', { createDockerWorld: breaking });
    expect(findings[0]?.flaws[0]).toMatchObject({
      status: 'crashed',
      because: 'seed 0x00005eed of the flawed twin: the volume is full',
    });
  });
});

test('circumstances: the reference, the settings of both twins, and the switches of the flawed one', () => {
  const flaw: Flaw = {
    ...(named('reproduced').flaws[0] as Flaw),
    inDocker: { rate: 9 },
    switches: { a: 2 },
  };
  const target = { ...ledger, reference: { a: 0, b: 0 } };
  const scenario = { ...scenarioOf(flaw, 'docker', { concurrency: 3 }), settings: { b: 1 } };
  expect(scenario).toMatchObject({ rate: 9, concurrency: 3, workload: 'adds' });
  expect(scenarioOf(flaw, 'sim').rate).toBe(200);
  expect(scenarioOf(flaw, 'sim', { nemesis: 'pause' }).faults).toMatchObject([{ nemesis: 'pause' }]);
  const keyed = { ...flaw, scenario: { ...flaw.scenario, workloadOptions: { keys: 1 } } };
  expect(scenarioOf(keyed, 'sim', { rate: 1 }).workloadOptions).toEqual({ keys: 1 });
  expect(scenarioOf(keyed, 'sim', { workload: 'idle' }).workloadOptions).toEqual({});
  expect(variantOf(target, flaw, scenario, 'fixed')).toEqual({ a: 0, b: 1 });
  expect(variantOf(target, flaw, scenario, 'flawed')).toEqual({ a: 2, b: 1 });
  expect(seedOf(0xffffffff, 2)).toBe(1);
});
