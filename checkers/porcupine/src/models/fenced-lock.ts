// A lock that hands out fencing tokens: whoever acquires it gets a number larger than all before, and storage can turn away
// a holder that does not know that its time is over. The surprise: a token that nobody saw still counts. It was an integer
// above all earlier ones, so the next that is seen must leave room for it. (Jepsen's model of Hazelcast's FencedLock, from
// which this one comes, does not notice.)
import { defineModel } from '../model.ts';
import { afterRefusable, isRefused, supposeGranted } from './refusal.ts';

export interface FencedLockInput {
  /** `acquire` waits until the lock can be had, `try-acquire` does not. */
  readonly action: 'acquire' | 'try-acquire' | 'release';
  readonly owner: string | number;
}

export interface FencedLockOptions {
  /** Whether the holder may acquire again, which then gives it the same token; a number says how many times. Default: no. */
  readonly reentrant?: boolean | number | undefined;
}

export interface FencedLockState {
  readonly holder: {
    readonly owner: string | number;
    readonly holds: number;
    /** Whether the holder's token is known: then it is `highest`. */
    readonly seen: boolean;
  } | null;
  /** The token of the latest acquisition; if nobody saw it, the least that it can have been. */
  readonly highest: number;
}

/**
 * Outputs: the token (an integer) of an acquisition; `false` for an operation that was refused (a `try-acquire` of a held lock,
 * a release by who does not hold it). `true` and `undefined` mean granted, and the token was not seen; only a `try-acquire`
 * with `undefined` may have been either.
 */
export function fencedLock({ reentrant = false }: FencedLockOptions = {}) {
  const most = reentrant === true ? Number.POSITIVE_INFINITY : reentrant === false ? 1 : reentrant;
  return defineModel<FencedLockState, FencedLockInput, number | boolean>({
    name: 'fenced-lock',
    init: { holder: null, highest: Number.NEGATIVE_INFINITY },
    step(state, { action, owner }, output) {
      const token = typeof output === 'number' ? output : undefined;
      const after = action === 'release' ? released(state, owner) : acquired(state, owner, token, most);
      return afterRefusable(state, after, output, action === 'try-acquire');
    },
    readOnly: isRefused,
    supposeLost: supposeGranted,
    key: ({ holder, highest }) =>
      `${highest}${holder ? `${holder.seen}${holder.holds}${JSON.stringify(holder.owner)}` : ''}`,
    describeState({ holder, highest }) {
      const last = Number.isFinite(highest) ? `, the last token ${highest}` : ', no token given yet';
      if (holder === null) return `free${last}`;
      return `held by ${holder.owner}${holder.holds > 1 ? ` ${holder.holds} times` : ''}${last}${holder.seen ? '' : ' or higher'}`;
    },
  });
}

function acquired(
  { holder, highest }: FencedLockState,
  owner: string | number,
  token: number | undefined,
  most: number,
): FencedLockState | undefined {
  if (token !== undefined && !Number.isInteger(token)) return undefined;
  if (holder === null) {
    if (token !== undefined && token <= highest) return undefined;
    // The least that the unseen token can be allows all that any other would.
    return { holder: { owner, holds: 1, seen: token !== undefined }, highest: token ?? highest + 1 };
  }
  if (holder.owner !== owner || holder.holds >= most) return undefined;
  if (token !== undefined && (holder.seen ? token !== highest : token < highest)) return undefined;
  return {
    holder: { owner, holds: holder.holds + 1, seen: holder.seen || token !== undefined },
    highest: token ?? highest,
  };
}

function released({ holder, highest }: FencedLockState, owner: string | number): FencedLockState | undefined {
  if (holder?.owner !== owner) return undefined;
  return { holder: holder.holds === 1 ? null : { ...holder, holds: holder.holds - 1 }, highest };
}
