/**
 * Requests to a node's published port on loopback. The one thing that matters is telling apart what certainly did not
 * happen (the connection was refused: nobody listened) from what nobody knows (everything else).
 */
import { type Agent, request } from 'node:http';
import type { Reply } from '../core/target.ts';
import type { Json } from '../core/types.ts';

export interface Ask {
  readonly agent: Agent;
  readonly port: number;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Json;
  readonly timeoutMs: number;
}

/** `done` runs exactly once. */
export function ask({ agent, port, method, path, body, timeoutMs }: Ask, done: (reply: Reply) => void): void {
  let over = false;
  const finish = (reply: Reply): void => {
    if (over) return;
    over = true;
    clearTimeout(deadline);
    done(reply);
  };
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const asked = request({ agent, host: '127.0.0.1', port, method, path, headers }, (answer) => {
    let received = '';
    answer
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        received += chunk;
      })
      .on('error', (error) => finish({ kind: 'lost', reason: error.message }))
      .on('end', () => {
        if (answer.statusCode === 200) finish({ kind: 'answer', body: JSON.parse(received) as Json });
        else finish({ kind: 'lost', reason: `HTTP ${answer.statusCode}` });
      })
      .on('close', () => finish({ kind: 'lost', reason: 'the answer broke off' }));
  });
  asked.on('error', (error: NodeJS.ErrnoException) =>
    finish(
      error.code === 'ECONNREFUSED'
        ? { kind: 'refused', reason: 'connection refused' }
        : { kind: 'lost', reason: error.message },
    ),
  );
  const deadline = setTimeout(() => {
    finish({ kind: 'lost', reason: `no answer in ${timeoutMs} ms` });
    asked.destroy();
  }, timeoutMs);
  asked.end(text);
}

/** The same as a promise. */
export const asking = (options: Ask): Promise<Reply> => new Promise((resolve) => ask(options, resolve));
