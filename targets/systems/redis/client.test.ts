import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { HarnessError } from '../../../harness/core/errors.ts';
import { createRandom } from '../../../harness/core/random.ts';
import type { Client, Door } from '../../../harness/core/target.ts';
import type { Completion } from '../../../harness/core/types.ts';
import { appendClient, certainFailures, classify } from './client.ts';
import { needLibrary } from './connection.ts';
import { redis } from './patterns.ts';
import { system } from './server.ts';

describe('what an error means', () => {
  const append = (message: string) => classify({ action: 'append' }, new Error(message)).type;

  test('a command that was refused on arrival certainly did nothing', () => {
    expect(append('LOADING Redis is loading the dataset in memory')).toBe('fail');
    expect(append('MISCONF Errors writing to the AOF file: No space left on device')).toBe('fail');
  });

  test('everything else may have happened', () => {
    for (const message of ['Socket closed unexpectedly', 'no answer within 1000 ms', 'ERR nobody knows this one'])
      expect(append(message), message).toBe('info');
  });

  test('a read changes nothing, so one without an answer failed', () => {
    expect(classify({ action: 'read' }, new Error('Socket closed unexpectedly')).type).toBe('fail');
  });

  test('every certain failure has its reason', () => {
    for (const { because } of certainFailures) expect(because).toMatch(/\w{4}/);
  });
});

describe('a client', () => {
  let stop = (): void => {};
  afterEach(() => stop());

  /** A server that lets everybody in and answers what `answer` says; undefined breaks the connection. */
  const serve = async (answer: (words: readonly string[]) => string | undefined): Promise<string> => {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        for (const command of bytes.toString().split(/(?=^\*)/m)) {
          const words = command.split('\r\n').filter((line, place) => place > 0 && place % 2 === 0 && line !== '');
          const said = words[0] === 'HELLO' ? '%0\r\n' : words[0] === 'CLIENT' ? '+OK\r\n' : answer(words);
          if (said === undefined) socket.destroy();
          else socket.write(said);
        }
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    stop = () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    return `127.0.0.1:${(server.address() as { port: number }).port}`;
  };
  const clientOf = (address: string): Client => {
    const door: Door = {
      process: 0,
      node: 'n1',
      nodes: ['n1'],
      random: createRandom(1),
      now: () => 0,
      after: () => {},
      request: () => {},
      address: () => address,
    };
    return appendClient(door, {});
  };
  const ask = (client: Client, action: string, input: number | null = null) =>
    new Promise<Completion>((resolve) => client.invoke({ action, input, key: 'k' }, resolve));

  test('appends to the end of a list and reads the whole of it', async () => {
    const asked: string[] = [];
    const client = clientOf(
      await serve((words) => {
        asked.push(words.join(' '));
        return words[0] === 'RPUSH' ? ':1\r\n' : '*2\r\n$1\r\n7\r\n$2\r\n12\r\n';
      }),
    );
    expect(await ask(client, 'append', 7)).toEqual({ type: 'ok', output: null });
    expect(await ask(client, 'read')).toEqual({ type: 'ok', output: [7, 12] });
    expect(asked).toEqual(['RPUSH k 7', 'LRANGE k 0 -1']);
    client.close();
  });

  test('says info of a write that was broken off, sends it once, and connects again for the next', async () => {
    let times = 0;
    const client = clientOf(await serve(() => (times++ === 0 ? undefined : ':1\r\n')));
    expect(await ask(client, 'append', 1)).toMatchObject({ type: 'info' });
    expect(times).toBe(1);
    expect(await ask(client, 'append', 2)).toMatchObject({ type: 'ok' });
    expect(times).toBe(2);
    client.close();
  });

  test('says fail of a write to a server that is down, or that still reads its data', async () => {
    expect(await ask(clientOf('127.0.0.1:2'), 'append', 1)).toMatchObject({
      type: 'fail',
      error: expect.stringContaining('ECONNREFUSED'),
    });
    const loading = clientOf(await serve(() => '-LOADING Redis is loading the dataset in memory\r\n'));
    expect(await ask(loading, 'append', 1)).toMatchObject({ type: 'fail' });
    loading.close();
  });
});

describe('the server', () => {
  test('is started with the sync policy of the variant, and without snapshots', () => {
    const { command, dataFolder } = system.container('n1', ['n1'], { appendfsync: 'no' });
    expect(command.join(' ')).toContain('--appendonly yes --appendfsync no --save ');
    expect(dataFolder).toBe('/data');
  });

  test('is one, and says so to whom asks for more', () => {
    expect(redis.roles(1)).toEqual({ n1: 'server' });
    expect(() => redis.roles(3)).toThrow('asked for 3 nodes');
  });

  test('is not started without the client library: the error says how to get it', () => {
    let error: unknown;
    try {
      needLibrary('@redis/not-installed');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(HarnessError);
    expect(error).toMatchObject({ code: 'missing', hint: 'Run `npm install @redis/not-installed`.' });
  });
});
