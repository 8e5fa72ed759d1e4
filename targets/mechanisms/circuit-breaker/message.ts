/** Fields of messages, which are JSON from elsewhere: absent and wrong ones are answered with a default, never a crash. */
import type { Json } from '../../../harness/core/types.ts';

export const field = (body: Json, name: string): Json =>
  typeof body === 'object' && body !== null && !Array.isArray(body)
    ? ((body as { readonly [key: string]: Json })[name] ?? null)
    : null;

export function numberField(body: Json, name: string, fallback: number): number {
  const value = field(body, name);
  return typeof value === 'number' ? value : fallback;
}
