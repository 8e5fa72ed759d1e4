/**
 * What of a target's marks a suite has reached, and how often: a search that never comes by the dangerous places proves
 * little, however many seeds it had.
 *
 * The one surprise: only runs of the fixed twins count. A flawed one comes to places where no correct target can be.
 */
import type { Coverage, Finding } from '../core/finding.ts';
import type { Target } from '../core/target.ts';

type Counts = Readonly<Record<string, number>>;

export function addMarks(counts: Counts, more: Counts): Counts {
  const sum: Record<string, number> = { ...counts };
  for (const [name, runs] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + runs;
  return sum;
}

/** For each target that demands marks, where all of its patterns were run that the simulator runs: fewer need not reach them. */
export function coverageOf(targets: Iterable<Target>, findings: readonly Finding[]): Coverage[] {
  return [...targets].flatMap(({ name: target, marks = {}, patterns }) => {
    const own = findings.filter((finding) => finding.target === target);
    const flaws = own.flatMap((finding) => finding.flaws);
    const ids = patterns.filter(({ worlds }) => worlds.includes('sim')).map(({ id }) => id);
    const whole = ids.every((id) => own.some(({ pattern }) => pattern.id === id));
    if (!whole || Object.keys(marks).length === 0 || flaws.every(({ fixedTried }) => fixedTried === 0)) return [];
    const reached = flaws.reduce<Counts>((sum, flaw) => addMarks(sum, flaw.marks ?? {}), {});
    const rows = Object.entries(marks).map(([name, wanted]) => ({ name, runs: reached[name] ?? 0, wanted }));
    return [{ target, marks: rows }];
  });
}
