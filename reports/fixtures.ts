/**
 * Test-only: a suite made by hand, so that reports can be tried without running anything. A register on three nodes, a
 * partition, a deposed leader that answers a read from its own copy, and strings that would like to be markup.
 */
import type {
  Finding,
  FindingStatus,
  FlawFinding,
  RunResult,
  ShrunkRun,
  SuiteResult,
} from '../harness/core/finding.ts';
import { createRandom } from '../harness/core/random.ts';
import type { Flaw, Scenario } from '../harness/core/target.ts';
import type { Completion, Fault, History, NodeEvent, Observation, Operation, Variant } from '../harness/core/types.ts';
import { type Anomaly, invalid, valid } from '../harness/core/verdict.ts';

const ms = 1_000_000;
const nodes = ['n1', 'n2', 'n3'] as const;
const struck = { from: 4_000 * ms, until: 7_500 * ms };

/** Every one of these must come out as text, wherever a target can put a string. */
export const hostileStrings = [
  '<img src=x onerror="window.pwned=1">',
  '</script><script>window.pwned=2</script>',
  '</template><b id=escaped>bold</b>',
  '"><svg onload=window.pwned=3>',
] as const;

export interface FixtureOptions {
  readonly operations?: number;
  readonly flaws?: readonly string[];
  readonly status?: FindingStatus;
  readonly hostile?: boolean;
  /** With the smallest story and its futures. */
  readonly shrunk?: boolean;
  readonly seed?: number;
}

export function fixtureHistory(
  seed: number,
  flawed: boolean,
  count: number,
  hostile = false,
): { history: History; anomaly?: Anomaly } {
  const random = createRandom(seed);
  const operations: Operation[] = [];
  const endedAt = 12_000 * ms;
  const values = new Map<string, number>([
    ['k1', 0],
    ['k2', 0],
  ]);
  const lines: { index: number; key: string; state: number }[] = [];
  const processes = [0, 1, 2, 3, 4];
  const freeAt = [0, 0, 0, 0, 0];
  let stale: Operation | undefined;
  let before = 0;
  for (let index = 0; index < count; index++) {
    const calledAt = Math.floor((index + random.unit() * 0.5) * ((endedAt - 400 * ms) / count));
    const thread = freeAt.indexOf(Math.min(...freeAt));
    const process = processes[thread] as number;
    const start = Math.max(calledAt, (freeAt[thread] as number) + ms / 10);
    const key = random.pick(['k1', 'k2']);
    const cut = start > struck.from && start < struck.until;
    const node = nodes[thread % 3] as string;
    const action = random.pick(['read', 'write', 'cas']);
    const current = values.get(key) ?? 0;
    let took = Math.floor(random.exponential(3 * ms)) + ms;
    let completion: Completion;
    let input: Operation['input'] = null;
    const isolated = cut && node === 'n1';
    if (action === 'write') input = index;
    if (action === 'cas') input = random.chance(0.6) ? [current, index] : [-1, index];
    if (isolated && action !== 'read') {
      took = 350 * ms;
      completion = { type: 'info', error: hostile ? hostileStrings[1] : 'timeout after 350 ms' };
    } else if (isolated && !flawed) {
      took = 20 * ms;
      completion = { type: 'fail', error: hostile ? hostileStrings[0] : 'not leader' };
    } else if (isolated && key === 'k1' && stale === undefined && before !== current) {
      completion = { type: 'ok', output: before };
      stale = { index, process, node, action, input, key, calledAt: start, returnedAt: start + took, completion };
    } else if (isolated) completion = { type: 'fail', error: 'no leader known' };
    else if (action === 'read') completion = { type: 'ok', output: current };
    else if (action === 'cas' && Array.isArray(input) && input[0] !== current)
      completion = { type: 'fail', error: 'precondition failed' };
    else {
      if (start < struck.from && key === 'k1') before = index;
      values.set(key, index);
      completion = { type: 'ok', output: null };
    }
    if (completion.type === 'ok') lines.push({ index, key, state: values.get(key) ?? 0 });
    const returnedAt = start + took;
    freeAt[thread] = returnedAt;
    if (completion.type === 'info') processes[thread] = process + 5;
    operations.push({
      index,
      process,
      node,
      action,
      input,
      key,
      calledAt: start,
      returnedAt,
      completion,
      phase: 'main',
    });
  }
  const faults: Fault[] = [
    {
      id: 0,
      nemesis: 'partition',
      options: { kind: 'isolate-primary' },
      nodes: ['n1'],
      what: hostile ? hostileStrings[3] : '{n1} | {n2 n3}',
      ...struck,
      struck: [{ took: true, how: 'n1 → n2: 3 probe packets, 0 answered' }],
      healed: [{ took: true, how: 'n1 → n2: 3 probe packets, 3 answered' }],
    },
    {
      id: 1,
      nemesis: 'kill',
      options: {},
      nodes: ['n3'],
      what: 'n3',
      from: 9_000 * ms,
      until: 9_800 * ms,
      struck: [{ took: true, how: 'n3: process gone' }],
      healed: [{ took: true, how: 'n3: answers again' }],
    },
  ];
  const observations: Observation[] = [];
  for (let at = 0; at < endedAt; at += 100 * ms) {
    const second = at > 4_600 * ms;
    const first = at < (flawed ? struck.until : 4_500 * ms);
    for (const node of nodes) {
      const leads = node === 'n1' ? first : node === 'n2' ? second : false;
      observations.push({
        at,
        node,
        state: { role: leads ? 'leader' : 'follower' },
        metrics: {
          consensus_leader_elections_total: second ? 2 : 1,
          consensus_log_entries: Math.floor(at / (node === 'n3' ? 9e7 : 8e7)),
        },
        ...(leads ? { leads: { term: node === 'n1' ? 1 : 2 } } : {}),
      });
    }
  }
  const events: NodeEvent[] = [
    { at: 4_550 * ms, node: 'n2', kind: 'note', name: 'candidate', data: { term: 2 } },
    { at: 9_000 * ms, node: 'n3', kind: 'killed' },
    { at: 9_800 * ms, node: 'n3', kind: 'started' },
  ];
  if (hostile)
    events.push({
      at: 5_000 * ms,
      node: 'n2',
      kind: 'note',
      name: hostileStrings[2],
      data: { state: hostileStrings[0] },
    });
  const variant: Variant = { checkQuorum: !flawed, readIndex: !flawed, preVote: true, persistVote: true };
  const history: History = {
    header: {
      pitchpole: 1,
      target: 'consensus',
      pattern: 'consensus/split-brain',
      flaw: 'stale-read',
      world: 'sim',
      seed,
      variant,
      nodes,
      concurrency: 5,
      workload: 'register',
      model: 'cas-register',
      schedule: [],
    },
    operations,
    faults,
    observations,
    events,
    messages: [],
    endedAt,
    complete: true,
  };
  if (!flawed || stale === undefined) return { history };
  const blocked = stale;
  const stations = lines
    .filter(({ key, index }) => key === 'k1' && index < blocked.index)
    .map(({ index, state }) => ({ operation: index, state: String(state) }));
  const state = stations.at(-1)?.state ?? '0';
  const returned = blocked.completion.type === 'ok' ? String(blocked.completion.output) : '';
  const anomaly: Anomaly = {
    name: 'nonlinearizable',
    because: hostile
      ? `read of k1 at n1 returned ${hostileStrings[0]} although ${state} was written`
      : `read of k1 at n1 returned ${returned} at ${(blocked.calledAt / 1e9).toFixed(3)} s, although ${state} had been written and acknowledged before it began`,
    operations: [blocked.index],
    at: blocked.calledAt,
    counterexample: {
      key: 'k1',
      model: 'cas-register',
      stations,
      state,
      blocked: [{ operation: blocked.index, why: `it read ${returned}, but the register held ${state}` }],
    },
  };
  return { history, anomaly };
}

const scenario: Scenario = {
  workload: 'register',
  concurrency: 5,
  rate: 100,
  duration: 12_000 * ms,
  settle: 0,
  observeEvery: 100 * ms,
  faults: [],
  checkers: [],
};

function result(seed: number, flawed: boolean, count: number, hostile: boolean): RunResult {
  const { history, anomaly } = fixtureHistory(seed, flawed, count, hostile);
  const convicted = anomaly !== undefined;
  return {
    seed,
    variant: history.header.variant,
    valid: convicted ? 'invalid' : 'valid',
    verdicts: [
      convicted
        ? invalid('linearizable', [anomaly], `2 keys, ${count} operations: k1 is not linearizable`, { keys: 2 })
        : valid('linearizable', `2 keys, ${count} operations: all linearizable`, { keys: 2 }),
      valid('availability', 'longest time without a success: 620 ms', { longestGapMs: 620 }),
    ],
    anomalies: convicted ? [anomaly.name] : [],
    ...(flawed ? { signal: { at: 4_700 * ms, because: 'n1 leads term 1 and n2 leads term 2' } } : {}),
    operations: count,
    faults: 2,
    doubts: [],
    hash: '5eed1a7e5eed1a7e',
    milliseconds: 40,
    history,
    file: `histories/${flawed ? 'flawed' : 'fixed'}-0x${seed.toString(16)}.jsonl`,
  };
}

const about: Readonly<Record<string, string>> = {
  'stale-read': 'a deposed leader answers reads from its own copy: no ReadIndex, no check-quorum',
  'vote-not-persisted': 'the vote is not written to disk before it is given',
};

/** A story of a few operations, whose failure is inevitable after two thirds of it. */
const shrunkRun = (seed: number, operations: number): ShrunkRun => ({
  run: { ...result(seed, true, 80, false), file: 'histories/shrunk.jsonl' },
  of: { operations, faults: 9, nodes: 5 },
  nodes: 3,
  runs: 79,
  finished: true,
  futures: Array.from({ length: 40 }, (_, place) => ({
    at: place * 120 * ms,
    failed: place < 26 ? 12 + (place % 3) : 25,
    of: 25,
  })),
});

export function fixtureFinding(options: FixtureOptions = {}): Finding {
  const {
    operations = 300,
    flaws: names = ['stale-read'],
    status = 'reproduced',
    hostile = false,
    shrunk = false,
    seed = 0x5eed1a7e,
  } = options;
  const flaws = names.map((name, place): FlawFinding => {
    const flaw: Flaw = {
      name,
      about: about[name] ?? name,
      switches: { checkQuorum: false, readIndex: false },
      expect: ['nonlinearizable'],
      scenario,
      signal: {
        name: 'several leaders',
        quote: 'Monitor term numbers, track multiple leaders',
        fires: () => undefined,
      },
    };
    const regressed = status === 'regressed' && place === 0;
    return {
      flaw,
      status: place === 0 ? status : 'reproduced',
      because: `flawed convicted of nonlinearizable in run 3, fixed ${regressed ? 'convicted too' : 'acquitted in 200 runs'}`,
      flawed: result(seed + place, status !== 'not-reproduced', operations, hostile),
      flawedTried: 3,
      ...(shrunk ? { shrunk: shrunkRun(seed, operations) } : {}),
      fixed: result(seed + place, regressed, operations, hostile),
      fixedTried: 200,
      fixedConvicted: regressed ? [seed] : [],
      fixedUnknown: 0,
      operations: operations * 203,
      faults: 406,
    };
  });
  return {
    pattern: {
      id: 'consensus/split-brain',
      title: 'Split-Brain During Network Partitions',
      card: {
        section: 'M5: Consensus (P5), Common Failure Patterns, 1',
        symptoms: 'Multiple leaders, inconsistent state',
        causes: 'Network partitions, asymmetric failures',
        detection: 'Monitor term numbers, track multiple leaders',
        prevention: 'Proper quorum sizing (2f+1 for f failures)',
        resolution: 'Network healing restores single leader',
        detectionTime: '5-15s',
        recoveryTime: '10-30s',
      },
      worlds: ['sim', 'docker'],
      flaws: flaws.map(({ flaw }) => flaw),
    },
    target: 'consensus',
    world: 'sim',
    status,
    flaws,
    milliseconds: 1_240,
  };
}

export function fixtureSuite(findings: readonly Finding[] = [fixtureFinding()]): SuiteResult {
  return {
    id: '2026-11-24-131907-5eed1a7e',
    version: '0.1.0',
    world: 'sim',
    baseSeed: 0x5eed1a7e,
    seeds: 200,
    findings,
    milliseconds: 4_200,
    interrupted: false,
    environment: { node: 'v20.20.2', platform: 'linux x64', flags: '--seeds 200' },
  };
}
