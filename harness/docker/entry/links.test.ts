import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { Json } from '../../core/types.ts';
import { createLinks } from './links.ts';

/** Loopback has 16 million addresses, so that nodes with one port can live in one process. */
const addresses = { n1: '127.7.0.1', n2: '127.7.0.2', n3: '127.7.0.3' };

test.skipIf(process.platform !== 'linux')(
  'messages arrive frozen and in order, and what is sent to nobody is dropped',
  async () => {
    const port = await freePort();
    const got: { at: string; from: string; body: Json }[] = [];
    let wake = (): void => {};
    const node = (self: 'n1' | 'n2' | 'n3') =>
      createLinks({
        ...{ self, addresses, port },
        deliver(from, body) {
          got.push({ at: self, from, body });
          wake();
        },
      });
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };

    const first = node('n1');
    const second = node('n2');
    // n3 does not exist yet: this is lost, and not kept for later.
    first.send('n3', { lost: true });
    let greeting = setInterval(() => first.send('n2', { hello: true }), 10);
    await until(() => got.length > 0);
    clearInterval(greeting);
    got.length = 0;
    for (let number = 1; number <= 50; number++) first.send('n2', { number });
    second.send('n2', { to: 'myself' });
    expect(got, 'not before this handler has returned').toEqual([]);
    await until(() => got.filter(({ body }) => !('hello' in (body as object))).length === 51);
    const numbers = got.flatMap(({ body }) =>
      'number' in (body as object) ? [(body as { number: number }).number] : [],
    );
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(got.every(({ at, body }) => at === 'n2' && Object.isFrozen(body))).toBe(true);

    // Once it is there, its peers find it by themselves.
    node('n3');
    greeting = setInterval(() => first.send('n3', { hello: true }), 10);
    await until(() => got.some(({ at }) => at === 'n3'));
    clearInterval(greeting);
    expect(got.some(({ body }) => 'lost' in (body as object))).toBe(false);
    expect(() => first.send('n9', null)).toThrow('there is no node n9');
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
