/**
 * The same seed gives the same bytes: every line of the history, messages included, and the world's fingerprint; for every
 * twin of every flaw under its own faults, and under every nemesis.
 */
import { describe, expect, it } from 'vitest';
import { blow, nemeses, runTwin, short, type Twin, twins } from './testing/registries.ts';

const seed = 0x5eed1a7e;

async function sameTwice(twin: Twin, scenario = twin.flaw.scenario): Promise<void> {
  const first = await runTwin(twin, seed, scenario);
  const second = await runTwin(twin, seed, scenario);
  expect(second.result.hash).toBe(first.result.hash);
  expect(second.lines.join('\n') === first.lines.join('\n'), firstDifference(first.lines, second.lines)).toBe(true);
  expect(first.lines.length).toBeGreaterThan(50);
}

/** Thousands of lines are no message: only the first that differs is. */
function firstDifference(first: readonly string[], second: readonly string[]): string {
  const at = first.findIndex((line, index) => line !== second[index]);
  return `line ${at + 1}: ${first[at]} | ${second[at]}`;
}

describe('the same seed twice gives the same bytes', () => {
  it.each(twins.map((twin) => [`${twin.pattern.id} ${twin.flaw.name}, ${twin.twin}`, twin] as const))(
    '%s',
    async (_name, twin) => sameTwice(twin),
  );

  const fixed = twins.filter(({ twin }) => twin === 'fixed');
  const targets = [...new Set(fixed.map(({ target }) => target))];
  const pairs = targets.flatMap((target) => Object.keys(nemeses).map((nemesis) => [target.name, nemesis] as const));
  it.each(pairs)('%s under %s', async (target, nemesis) => {
    const twin = fixed.find((candidate) => candidate.target.name === target) as Twin;
    await sameTwice(twin, short(twin.flaw.scenario, [blow(nemesis)]));
  });

  it('and another seed gives others', async () => {
    const [twin] = twins as [Twin, ...Twin[]];
    const [one, other] = [await runTwin(twin, seed), await runTwin(twin, seed + 1)];
    expect(other.result.hash).not.toBe(one.result.hash);
    expect(other.lines.slice(1)).not.toEqual(one.lines.slice(1));
  });
});
