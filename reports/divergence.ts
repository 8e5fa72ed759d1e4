/** Where two runs of one seed part: the first operation or event that only one of them has, or has otherwise. */
import type { History, Nanos, Operation } from '../harness/core/types.ts';
import { answerText, requestText } from './text.ts';

export interface Divergence {
  readonly at: Nanos;
  readonly what: string;
}

/** In containers two runs never agree to the nanosecond, so only the simulator can name a first divergence. */
export function divergenceOf(flawed: History | undefined, fixed: History | undefined): Divergence | undefined {
  if (flawed === undefined || fixed === undefined || flawed.header.world !== 'sim') return undefined;
  if (flawed.header.seed !== fixed.header.seed) return undefined;
  let first: { at: Nanos; what: string } | undefined;
  const note = (at: Nanos, what: string): void => {
    if (first === undefined || at < first.at) first = { at, what };
  };
  const say = (operation: Operation | undefined): string =>
    operation === undefined ? 'nothing' : `${requestText(operation)} ${answerText(operation)}`;
  for (let index = 0; index < Math.max(flawed.operations.length, fixed.operations.length); index++) {
    const [a, b] = [flawed.operations[index], fixed.operations[index]];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    const moments = a?.calledAt === b?.calledAt ? [a?.returnedAt, b?.returnedAt] : [a?.calledAt, b?.calledAt];
    note(
      Math.min(...moments.map((at) => at ?? Number.POSITIVE_INFINITY), flawed.endedAt),
      `operation ${index}: flawed ${say(a)}, fixed ${say(b)}`,
    );
    break;
  }
  for (let index = 0; index < Math.max(flawed.events.length, fixed.events.length); index++) {
    const [a, b] = [flawed.events[index], fixed.events[index]];
    if (JSON.stringify(a) === JSON.stringify(b)) continue;
    if (
      a !== undefined &&
      b !== undefined &&
      a.node === b.node &&
      a.name === b.name &&
      a.kind === b.kind &&
      a.at !== b.at
    ) {
      const word = `${a.node} ${a.name ?? a.kind}`;
      note(
        Math.min(a.at, b.at),
        `${word} at ${preciseText(a.at)} in the flawed run, at ${preciseText(b.at)} in the fixed one`,
      );
      break;
    }
    const earlier = a !== undefined && (b === undefined || a.at <= b.at) ? a : b;
    if (earlier !== undefined) {
      const whose = earlier === a ? 'flawed' : 'fixed';
      note(earlier.at, `${earlier.node} ${earlier.name ?? earlier.kind} in the ${whose} run only`);
    }
    break;
  }
  return first;
}

const preciseText = (at: Nanos): string => `${(at / 1_000_000).toFixed(1)} ms`;
