/**
 * Whether the clients got anywhere: a run in which an action never succeeded proves nothing about it, however flawless
 * its history. As `stats` of Jepsen, but it says `unknown`, since nothing was broken that was promised.
 */
import type { Checker } from '../harness/core/verdict.ts';
import { unknown, valid } from '../harness/core/verdict.ts';

const name = 'answered';

export const answered = (): Checker => ({
  name,
  check({ operations }) {
    const actions = [...new Set(operations.map(({ action }) => action))];
    const counted = actions.map((action) => {
      const all = operations.filter((operation) => operation.action === action);
      const ok = all.filter(({ completion }) => completion.type === 'ok').length;
      const refusal = all.find(({ completion }) => completion.type !== 'ok')?.completion;
      return {
        action,
        all: all.length,
        ok,
        error: refusal === undefined || refusal.type === 'ok' ? '' : refusal.error,
      };
    });
    const text = counted.map(({ action, all, ok }) => `${action} ${ok} of ${all}`).join(', ');
    const never = counted.filter(({ ok }) => ok === 0);
    if (operations.length === 0) return unknown(name, 'nothing was asked');
    if (never.length === 0) return valid(name, `ok: ${text}`);
    const which = never.map(({ action, error }) => `no \`${action}\` was ever ok (${error})`).join('; ');
    return unknown(name, `${which}. ok: ${text}`);
  },
});
