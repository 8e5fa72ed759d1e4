/**
 * The engine's API over its unix socket, with nothing but Node: the agent has no network, and needs only to look up a
 * process id and to remove things.
 */
import { request } from 'node:http';
import type { EngineCall } from './removal.ts';

export const callOver =
  (socketPath: string): EngineCall =>
  (method, path) =>
    new Promise((resolve, reject) => {
      const asked = request({ socketPath, method, path, timeout: 15_000 }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: answer.statusCode ?? 0, body: text === '' ? undefined : parsed(text) });
        });
      });
      asked.on('timeout', () => asked.destroy(new Error(`the engine did not answer ${method} ${path}`)));
      asked.on('error', reject);
      asked.end();
    });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
