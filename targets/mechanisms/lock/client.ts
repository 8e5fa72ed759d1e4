/**
 * A client of a holder (`acquire`, `write`, `release`) and of the resource (`read`). It asks once and waits.
 *
 * | answer | completion | why |
 * | --- | --- | --- |
 * | `done` | ok | it happened |
 * | `not-done` | fail | the lease was over, or the resource refused the token: nothing was written |
 * | `unknown` | info | the holder asked the lock or the resource, and heard nothing |
 * | refused connection | fail | nobody heard the request |
 * | lost connection, no answer | info | the holder may have heard it |
 */
import type { Client, Door } from '../../../harness/core/target.ts';
import type { Completion, Invocation, Nanos } from '../../../harness/core/types.ts';
import type { Answer, Request } from './messages.ts';

/** Longer than a holder's own patience and a pause: a late write is told for what it is. */
const patience: Nanos = 5_000_000_000;

export const lockClient = (door: Door): Client => {
  // Process numbers come again after a while (the final reads), and a session must not.
  const session = `${door.process}:${door.random.int(0, 0x7fffffff)}`;
  return {
    invoke(invocation, done) {
      door.request(invocation.node ?? door.node, requestOf(invocation, session), patience, (reply) => {
        if (reply.kind === 'refused') done({ type: 'fail', error: reply.reason });
        else if (reply.kind === 'lost') done({ type: 'info', error: reply.reason });
        else done(completionOf(reply.body as unknown as Answer));
      });
    },
    close() {},
  };
};

function requestOf({ action, input, key = '' }: Invocation, session: string): Request {
  switch (action) {
    case 'acquire':
      return { op: 'acquire', session, key, ttlMs: Number(input) };
    case 'write':
      return { op: 'write', session, key, value: input };
    case 'release':
      return { op: 'release', session, key };
    case 'read':
      return { op: 'read', key };
    default:
      throw new Error(`a lock has no operation ${action}`);
  }
}

function completionOf(answer: Answer): Completion {
  if (answer.outcome === 'done') return { type: 'ok', output: answer.value };
  return { type: answer.outcome === 'unknown' ? 'info' : 'fail', error: answer.because };
}
