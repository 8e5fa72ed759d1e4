/**
 * One real Redis server that keeps an append-only file: how it is started, and what it says of itself.
 *
 * The surprise: `appendonly yes` alone promises little. When the file is synced is said by `appendfsync`, whose default
 * (`everysec`) may lose the last second, and `no` leaves it to the operating system.
 */
import type { System } from '../../../harness/core/target.ts';
import type { Json, Variant } from '../../../harness/core/types.ts';
import { connect, needLibrary } from './connection.ts';

const port = 6379;

export const system: System = {
  image: { name: 'redis', packages: ['redis-server'] },
  container(_node, _nodes, variant) {
    // Told before anything is started.
    needLibrary();
    return {
      image: 'redis',
      command: ['redis-server', ...options(variant).flatMap(([name, value]) => [`--${name}`, value])],
      ports: [port],
      dataFolder: '/data',
    };
  },
  async inspect(address) {
    const facts = await ask(address, 'INFO', 'persistence');
    return Object.fromEntries(shown.map((name) => [name, factOf(facts, name)]));
  },
  ready: async (address) => (await ask(address, 'PING')) === 'PONG',
};

const options = (variant: Variant): readonly (readonly [name: string, value: string])[] => [
  ['port', String(port)],
  // The container's network is the run's own, and its port is published on loopback alone.
  ['bind', '0.0.0.0'],
  ['protected-mode', 'no'],
  ['dir', '/data'],
  ['appendonly', 'yes'],
  ['appendfsync', String(variant.appendfsync)],
  // Snapshots would sync what the file does not.
  ['save', ''],
  ['auto-aof-rewrite-percentage', '0'],
];

const shown = ['loading', 'aof_enabled', 'aof_last_write_status', 'aof_current_size', 'aof_pending_bio_fsync'];

/** One answer, as text. */
async function ask(address: string, ...words: readonly string[]): Promise<string> {
  const connection = await connect(address);
  try {
    return String(await connection.send(...words));
  } finally {
    connection.end();
  }
}

/** Of the lines `name:value`. */
function factOf(facts: string, name: string): Json {
  const value = new RegExp(`^${name}:(.*)$`, 'm').exec(facts)?.[1]?.trim();
  return value === undefined ? null : value !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}
