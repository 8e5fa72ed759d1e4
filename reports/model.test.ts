/** What the reports tell, apart from how it is drawn. */
import { describe, expect, it } from 'vitest';
import { type Finding, pointOfNoReturn } from '../harness/core/finding.ts';
import { fixtureFinding, fixtureHistory, fixtureSuite } from './fixtures.ts';
import { findingPage, findingSentence, toldStatus } from './model.ts';
import { binsOf, recoveriesOf } from './series.ts';
import { nodeLanes, orderAxis, tellStory } from './story.ts';
import { faultText, jsonText, sentence } from './text.ts';

const ms = 1_000_000;

describe('the model of a report', () => {
  it('tells the anomaly where one decides, and why there is none where none does', () => {
    expect(findingSentence(fixtureFinding())).toMatch(/^Read of k1 at n1 returned \d+ .* before it began\.$/);
    expect(findingSentence(fixtureFinding({ status: 'not-reproduced' }))).toMatch(/^Flawed convicted/);
  });

  it('a control that was acquitted held, it did not reproduce a failure', () => {
    const finding = fixtureFinding();
    const flaws = finding.flaws.map(({ flawed: _, ...flaw }) => ({
      ...flaw,
      flaw: { ...flaw.flaw, expect: [] },
      flawedTried: 0,
    }));
    expect(toldStatus({ ...finding, flaws })).toBe('held');
    expect(findingSentence({ ...finding, flaws })).toContain('nothing that must not be');
    expect(toldStatus(finding)).toBe('reproduced');
    const fixedAlone = finding.flaws.map(({ flawed: _, ...flaw }) => ({ ...flaw, flawedTried: 0 }));
    expect(toldStatus({ ...finding, flaws: fixedAlone })).toBe('held');
  });

  it('a program of one’s own did not regress but is broken, and is run again rather than replayed', () => {
    const finding: Finding = {
      ...fixtureFinding({ status: 'regressed' }),
      world: 'process',
      flags: ['--bin', "'node a.mjs'", '--workload', 'lin-kv'],
    };
    expect(toldStatus(finding)).toBe('broken');
    const page = findingPage(finding, fixtureSuite([finding]));
    expect(page.replay).toMatch(
      /^npx pitchpole run -w process --bin 'node a.mjs' --workload lin-kv --seed 0x[0-9a-f]+$/,
    );
  });

  it('the story holds the blocked operation, the stations before it and the fault under way, and counts the rest', () => {
    const { history, anomaly } = fixtureHistory(7, true, 400);
    const story = tellStory(history, anomaly);
    expect(story.operations).toContain(anomaly?.operations[0]);
    expect(story.operations.length).toBeLessThanOrEqual(8);
    expect(story.faults).toEqual([0]);
    expect(story.totals).toEqual({ operations: 400, faults: 2 });
  });

  it('a page keeps at most ten thousand operations, the evidence among them, and says how many there were', () => {
    const finding = fixtureFinding({ operations: 15_000 });
    const run = findingPage(finding, fixtureSuite([finding])).flaws[0]?.flawed;
    const kept = run?.history?.operations.map(({ index }) => index) ?? [];
    expect(run?.totals.operations).toBe(15_000);
    expect(kept.length).toBeLessThanOrEqual(10_300);
    for (const index of run?.story?.operations ?? [Number.NaN]) expect(kept).toContain(index);
  });

  it('names the first moment at which the twins part', () => {
    const finding = fixtureFinding();
    const divergence = findingPage(finding, fixtureSuite([finding])).flaws[0]?.divergence;
    expect(divergence?.at).toBeGreaterThan(4_000 * ms);
    expect(divergence?.what).toMatch(/flawed .*fixed /);
  });

  it('a state that a node steps through has a lane of its own, from its first step backwards', () => {
    const { history } = fixtureHistory(1, false, 10);
    const note = (at: number, from: string, to: string) =>
      ({ at, node: 'n1', kind: 'note', name: 'breaker', data: { instance: 'd1', from, to } }) as const;
    const events = [note(2_000, 'Closed', 'Open'), note(3_000, 'Open', 'HalfOpen')];
    const lane = nodeLanes({ ...history, events }).find(({ label }) => label === 'n1 d1');
    expect(lane?.spans.map(({ from, to, label }) => [from, to, label])).toEqual([
      [0, 2_000, 'Closed'],
      [2_000, 3_000, 'Open'],
      [3_000, history.endedAt, 'HalfOpen'],
    ]);
  });

  it('the axis of order keeps the order and gives every box its width', () => {
    const boxes = [
      { from: 0, to: 10, width: 100 },
      { from: 5, to: 1_000_000, width: 40 },
    ];
    const axis = orderAxis(boxes, [7]);
    for (const { from, to, width } of boxes) expect(axis.x(to) - axis.x(from)).toBeGreaterThanOrEqual(width);
    const moments = [0, 5, 7, 10, 500, 1_000_000].map((at) => axis.x(at));
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
  });

  it('recovery is the first success that was called after the heal', () => {
    const { history } = fixtureHistory(3, true, 300);
    const [first] = recoveriesOf(history);
    const until = history.faults[0]?.until ?? 0;
    const next = history.operations
      .filter(({ calledAt, completion }) => calledAt >= until && completion.type === 'ok')
      .map(({ returnedAt }) => returnedAt ?? Number.POSITIVE_INFINITY);
    expect(first?.afterHeal).toBe(Math.min(...next) - until);
  });

  it('every operation falls into exactly one bin', () => {
    const { history } = fixtureHistory(3, true, 300);
    const bins = binsOf(history.operations, history.endedAt);
    expect(bins.reduce((sum, { ok, fail, info }) => sum + ok + fail + info, 0)).toBe(300);
  });

  it('long lists are cut to where they part', () => {
    const list = (...items: number[]): string => `[${[...Array(20).keys(), ...items].join(',')}]`;
    expect(sentence(`read ${list(77, 20)}, held ${list(78)}`)).toBe(
      'Read […, 18,19,77,20] (22 values), held […, 18,19,78] (21 values).',
    );
  });

  it('a flat record reads as words, and a nemesis is not named twice', () => {
    expect(jsonText({ to: 'd1', slow: 3 })).toBe('to=d1 slow=3');
    expect(faultText({ nemesis: 'power', what: 'power cut of n1' })).toBe('power cut of n1');
    expect(faultText({ nemesis: 'partition', what: '{n1} | {n2}' })).toBe('partition {n1} | {n2}');
  });
});

describe('the smallest story', () => {
  it('has a page of its own beside the run that it was made from, unless the fixed twin is the news', () => {
    const finding = fixtureFinding({ shrunk: true });
    const [flaw] = findingPage(finding, fixtureSuite([finding])).flaws;
    expect(flaw?.shrunk?.twin).toBe('shrunk');
    expect(flaw?.shrunk?.replay).toBe(`pitchpole replay .pitchpole/runs/${fixtureSuite().id}/histories/shrunk.jsonl`);
    expect(flaw?.shrinkage).toMatchObject({ nodes: 3, of: { nodes: 5 } });
    expect(flaw?.flawed).toBeDefined();
    const regressed = fixtureFinding({ shrunk: true, status: 'regressed' });
    expect(findingPage(regressed, fixtureSuite([regressed])).flaws[0]?.shrunk).toBeUndefined();
  });

  it('is inevitable from the first moment on behind which nearly all futures fail', () => {
    const moments = [3, 25, 10, 24, 25].map((failed, place) => ({ at: place, failed, of: 25 }));
    expect(pointOfNoReturn(moments)).toBe(3);
    expect(pointOfNoReturn([...moments, { at: 5, failed: 0, of: 25 }])).toBeUndefined();
    expect(pointOfNoReturn(moments, 0.1)).toBe(0);
  });
});
