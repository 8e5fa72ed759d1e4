// What locks have in common: an operation may be refused. The surprise: a refusal is an observation, not a failure. It says
// that the operation was not possible at that moment, so whoever was refused a free lock has convicted it.

/**
 * The state after an operation that leads from `state` to `after`, or is not possible there (`after` undefined).
 *
 * @param output `false`: it was refused. Anything else: it was granted, or, `undefined` and it only `tries`, one or the other.
 */
export function afterRefusable<S>(state: S, after: S | undefined, output: unknown, tries: boolean): S | undefined {
  if (output === false) return after === undefined ? state : undefined;
  return after === undefined && tries && output === undefined ? state : after;
}

/** A refused operation changes nothing, wherever it is possible. */
export function isRefused(_: unknown, output: unknown): boolean {
  return output === false;
}

/** If an operation whose outcome is unknown took effect, it was granted: refused, it might as well not have been. */
export function supposeGranted(): true {
  return true;
}
