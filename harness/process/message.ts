/**
 * A line of the Maelstrom protocol: `{"src": "n1", "dest": "n2", "body": {…}}`. What a node prints is a stranger's input:
 * it is bounded, and what is no message is told with its line.
 *
 * Source: doc/protocol.md of jepsen-io/maelstrom.
 */
import { HarnessError } from '../core/errors.ts';
import type { JsonObject, NodeId } from '../core/types.ts';

/** Longest line that a node may print, in characters. Maelstrom has no limit; an endless line would take all memory. */
export const longestLine = 4_000_000;

export interface Letter {
  readonly dest: string;
  readonly body: JsonObject;
}

/**
 * `src` is not looked at: who printed a line is known.
 *
 * @throws HarnessError `bad-input` that names the node, the line and what is wrong with it.
 */
export function readLetter(node: NodeId, line: string, number: number): Letter {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw garbage(node, line, number, 'is not JSON');
  }
  if (!isObject(value)) throw garbage(node, line, number, 'is not an object');
  const { dest, body } = value as { readonly dest?: unknown; readonly body?: unknown };
  if (typeof dest !== 'string') throw garbage(node, line, number, 'has no `dest`');
  if (!isObject(body)) throw garbage(node, line, number, 'has no object `body`');
  return { dest, body: body as JsonObject };
}

export const tooLong = (node: NodeId, line: string, number: number): HarnessError =>
  garbage(node, line, number, `is longer than ${longestLine} characters`);

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The message id, or undefined where there is none that could be answered. */
export const messageId = (body: JsonObject, field: 'msg_id' | 'in_reply_to'): number | undefined => {
  const id = body[field];
  return typeof id === 'number' ? id : undefined;
};

function garbage(node: NodeId, line: string, number: number, what: string): HarnessError {
  const shown = line.length > 120 ? `${line.slice(0, 120)}…` : line;
  return new HarnessError({
    code: 'bad-input',
    message: `${node} printed a line that is no message: line ${number} of its standard output ${what}: \`${shown}\`.`,
    hint: 'Print one JSON object a line with `src`, `dest` and `body`, and what is for people to standard error.',
  });
}
