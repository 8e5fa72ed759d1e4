/** A cycle of transactions in every medium: in the terminal, and in the page, where nothing of it may become markup. */
import { describe, expect, it } from 'vitest';
import type { Finding, FlawFinding } from '../harness/core/finding.ts';
import type { CycleStep } from '../harness/core/verdict.ts';
import { fixtureFinding, fixtureSuite, hostileStrings } from './fixtures.ts';
import { renderFinding } from './html/render.ts';
import { createTerminalReporter } from './terminal.ts';
import { cycleLines, cycleText } from './text.ts';

const steps: readonly CycleStep[] = [
  { from: 2, to: 7, type: 'rw', because: `T2 did not see what T7 appended: ${hostileStrings[0]}` },
  { from: 7, to: 4, type: 'wr', because: 'T4 saw what T7 appended' },
  { from: 4, to: 2, type: 'realtime', because: 'T4 was answered before T2 was asked for' },
];

/** The convicted run's anomaly is a cycle, of the flawed twin or of the fixed one. */
function withCycle(cycle: readonly CycleStep[], finding: Finding): Finding {
  const turned = ({ flawed, ...flaw }: FlawFinding): FlawFinding => {
    const [verdict, ...others] = flawed?.verdicts ?? [];
    const [anomaly] = verdict?.anomalies ?? [];
    if (flawed === undefined || verdict === undefined || anomaly === undefined)
      throw new Error('the fixture has changed');
    const { counterexample: _, ...bare } = anomaly;
    const convicted = { ...flawed, verdicts: [{ ...verdict, anomalies: [{ ...bare, cycle }] }, ...others] };
    return { ...flaw, flawed: convicted, ...(finding.status === 'regressed' ? { fixed: convicted } : {}) };
  };
  return { ...finding, flaws: finding.flaws.map(turned) };
}

describe('a cycle in words', () => {
  it('is the way round, and then each step with its reason', () => {
    expect(cycleText(steps)).toBe('T2 -rw-> T7 -wr-> T4 -realtime-> T2');
    expect(cycleLines(steps)[0]).toBe(cycleText(steps));
    expect(cycleLines(steps)[2]).toBe('  T7 -wr-> T4: T4 saw what T7 appended');
    expect(cycleLines([])).toEqual([]);
  });

  it('is told at the end of a run that convicted the fixed twin by one', () => {
    const lines: string[] = [];
    const screen = {
      write: (text: string) => lines.push(text),
      live: false,
      columns: 80,
      colors: 0 as const,
      now: () => 0,
    };
    const tell = (finding: Finding): string => {
      lines.length = 0;
      createTerminalReporter({ screen, chatter: screen }).end(fixtureSuite([finding]), []);
      return lines.join('');
    };
    const regressed = fixtureFinding({ status: 'regressed' });
    expect(tell(withCycle(steps, regressed))).toContain('     T2 -rw-> T7 -wr-> T4 -realtime-> T2\n');
    expect(tell(regressed)).not.toContain('-rw->');
  });
});

describe('a cycle in the page', () => {
  const render = (cycle: readonly CycleStep[]): string => {
    const finding = withCycle(cycle, fixtureFinding());
    return renderFinding(finding, fixtureSuite([finding]));
  };
  // With its place: the app in the page has the template, which has none.
  const arrows = (page: string): number => page.split('marker-end="url(#cycle-head)" d="M').length - 1;

  it('is a ring with an arrow for each step, named for those who cannot see it, and a list of the reasons', () => {
    const page = render(steps);
    expect(page).toContain('The cycle: ');
    expect(page).toContain('aria-label="T2 -rw-> T7 -wr-> T4 -realtime-> T2"');
    expect(arrows(page)).toBe(3);
    for (const label of ['>T2<', '>T7<', '>T4<', '>rw<', '>wr<', '>realtime<']) expect(page).toContain(label);
    expect(page).toContain('T4 saw what T7 appended.');
    expect(arrows(render(steps.slice(0, 2)))).toBe(2);
  });

  it('keeps what a target said as text', () => {
    const page = render(steps);
    expect(page).not.toContain(hostileStrings[0]);
    expect(page).toContain('&lt;img src=x');
  });

  it('is only a list when it is long, and is not there when there is none', () => {
    const long = Array.from({ length: 13 }, (_, from) => ({
      from,
      to: (from + 1) % 13,
      type: 'ww',
      because: `step ${from}`,
    }));
    expect(arrows(render(long))).toBe(0);
    expect(render(long)).toContain('Step 12.');
    const plain = fixtureFinding();
    expect(arrows(renderFinding(plain, fixtureSuite([plain])))).toBe(0);
  });
});
