// A number of permits to be taken and given back. With owners, each gives back only what it holds, as in Jepsen's semaphore
// model of Hazelcast; without, anybody who gives back what somebody holds is right.
import { canonicalKey } from '../key.ts';
import { defineModel } from '../model.ts';
import { afterRefusable, isRefused, supposeGranted } from './refusal.ts';

export interface SemaphoreInput {
  /** `acquire` waits until all its permits are free, `try-acquire` does not. */
  readonly action: 'acquire' | 'try-acquire' | 'release';
  /** How many at once. Default 1. */
  readonly permits?: number | undefined;
  readonly owner?: string | number | undefined;
}

export interface SemaphoreOptions {
  /** How many there are. */
  readonly permits: number;
  /**
   * What may be released. `held` (default): what the owner holds. `any`: as in `java.util.concurrent.Semaphore`, anything at
   * any time, which then makes permits that were not there before; owners are not looked at.
   */
  readonly release?: 'held' | 'any' | undefined;
}

/**
 * The state is how many permits each owner holds (`''`: those without a name), by the JSON of its name.
 *
 * Outputs: `false` for an operation that was refused (a `try-acquire` of more than was free, a release of more than was held).
 * `true` and `undefined` mean granted; only a `try-acquire` with `undefined` may have been either.
 */
export function semaphore({ permits: total, release = 'held' }: SemaphoreOptions) {
  return defineModel<Readonly<Record<string, number>>, SemaphoreInput, boolean>({
    name: 'semaphore',
    init: {},
    step(held, { action, permits = 1, owner = '' }, output) {
      const name = canonicalKey(release === 'any' ? '' : owner);
      const its = held[name] ?? 0;
      const free = total - sum(held);
      const possible = action === 'release' ? release === 'any' || permits <= its : permits <= free;
      const after = possible ? withHeld(held, name, action === 'release' ? its - permits : its + permits) : undefined;
      return afterRefusable(held, after, output, action === 'try-acquire');
    },
    readOnly: isRefused,
    supposeLost: supposeGranted,
    describeState: (held) => `${total - sum(held)} of ${total} free`,
  });
}

function sum(held: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const name in held) total += held[name] as number;
  return total;
}

/** Nobody is listed with nothing: equal states must be equal JSON. */
function withHeld(held: Readonly<Record<string, number>>, name: string, permits: number) {
  const { [name]: _, ...others } = held;
  return permits === 0 ? others : { ...others, [name]: permits };
}
