/**
 * Requests and answers of the Maelstrom protocol as completions of operations.
 *
 * The one surprise: an answer that is not what the protocol says (no `value` in a `read_ok`, a `write_ok` to a `read`) is
 * no verdict on the program's guarantees but a mistake in it, and ends the run with a sentence that names it.
 *
 * Source: doc/protocol.md of jepsen-io/maelstrom; its table of errors says which are definite.
 */
import { HarnessError } from '../../harness/core/errors.ts';
import type { Door, Reply } from '../../harness/core/target.ts';
import type { Completion, Json, JsonObject, Nanos, NodeId } from '../../harness/core/types.ts';

/** The definite errors of the protocol: it certainly did not happen, and never will. All other codes are indefinite. */
const definite: Readonly<Record<number, readonly [name: string, reason: string]>> = {
  1: ['node-not-found', 'there was nobody to do it'],
  10: ['not-supported', 'the node cannot do it'],
  11: ['temporarily-unavailable', 'the protocol forbids this code where it may have happened'],
  12: ['malformed-request', 'the node did not understand it'],
  14: ['abort', 'the protocol forbids this code where it may have happened'],
  20: ['key-does-not-exist', 'there was nothing to act upon'],
  21: ['key-already-exists', 'the node looked and left it as it was'],
  22: ['precondition-failed', 'the node compared and left it as it was'],
  30: ['txn-conflict', 'the transaction was given up'],
};

export const code = { keyDoesNotExist: 20, preconditionFailed: 22 } as const;

export interface Asking {
  readonly door: Door;
  readonly node: NodeId;
  readonly body: JsonObject & { readonly type: string };
  /** What an answer of the right type means; undefined where it is malformed. */
  hear(body: JsonObject): Json | undefined;
  /** What an error means where it is not what the table says. */
  except?(code: number): Completion | undefined;
}

/** A node that does not answer within this time is given up, as in Maelstrom, though sooner. */
const timeout: Nanos = 2_000_000_000;

export function ask(asking: Asking, done: (completion: Completion) => void): void {
  const { door, node, body } = asking;
  door.request(node, body, timeout, (reply) => done(completionOf(asking, reply)));
}

/** @throws HarnessError `bad-input` for an answer that the protocol does not know. */
function completionOf({ node, body, hear, except }: Asking, reply: Reply): Completion {
  if (reply.kind === 'refused') return { type: 'fail', error: reply.reason };
  if (reply.kind === 'lost') return { type: 'info', error: reply.reason };
  const answer = reply.body as JsonObject;
  if (answer.type === 'error') {
    if (typeof answer.code !== 'number') throw malformed(node, body.type, answer, 'has no number `code`');
    return except?.(answer.code) ?? errorOf(answer.code, answer.text);
  }
  if (answer.type !== `${body.type}_ok`) throw malformed(node, body.type, answer, `is no \`${body.type}_ok\``);
  const output = hear(answer);
  if (output === undefined) throw malformed(node, body.type, answer, 'lacks what that answer must have');
  return { type: 'ok', output };
}

function errorOf(number: number, text: Json | undefined): Completion {
  const known = definite[number];
  const words = typeof text === 'string' && text !== '' ? `: ${text}` : '';
  return known === undefined
    ? { type: 'info', error: `error ${number}${words}` }
    : { type: 'fail', error: `${known[0]}${words}` };
}

function malformed(node: NodeId, type: string, answer: JsonObject, what: string): HarnessError {
  const text = JSON.stringify(answer);
  return new HarnessError({
    code: 'bad-input',
    message: `${node} answered \`${type}\` with what ${what}: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`,
    hint: 'docs/process-world.md lists the answers that each workload expects.',
  });
}
