/**
 * A client of a caller node. It asks once and waits; the breaker's answer is the completion.
 *
 * | answer | completion | why |
 * | --- | --- | --- |
 * | `ok` | ok | the dependency did it |
 * | `error` | fail | the dependency refused before it did anything |
 * | `bad` | fail | so did it, and it was the client's own mistake |
 * | `rejected` | fail | the call never left the caller |
 * | `timeout` | info | the dependency may still do it |
 * | refused connection | fail | nobody heard the request |
 * | lost connection, no answer | info | the caller may have heard it |
 */
import type { Client, Door } from '../../../harness/core/target.ts';
import type { Completion, Json, Nanos } from '../../../harness/core/types.ts';
import { field } from './message.ts';

/** Longer than the caller's own timeout, so that it is the caller who gives up first. */
const patience: Nanos = 2_000_000_000;

/** The error of a completion whose call timed out at the caller: the dependency's fault, unlike a lost connection. */
export const timeoutError = 'timeout at the dependency';

export const circuitBreakerClient = (door: Door): Client => ({
  invoke({ action, input, node }, done) {
    const body = { action, to: field(input, 'to'), kind: field(input, 'kind') };
    door.request(node ?? door.node, body, patience, (reply) => {
      if (reply.kind === 'refused') done({ type: 'fail', error: reply.reason });
      else if (reply.kind === 'lost') done({ type: 'info', error: reply.reason });
      else done(completionOf(reply.body));
    });
  },
  close() {},
});

function completionOf(body: Json): Completion {
  const outcome = field(body, 'outcome');
  if (outcome === 'ok') return { type: 'ok', output: body };
  if (outcome === 'timeout') return { type: 'info', error: timeoutError };
  return { type: 'fail', error: String(outcome), output: body };
}
