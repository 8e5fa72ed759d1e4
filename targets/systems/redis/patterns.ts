/**
 * The target `redis`: one real server from Debian's package, with an append-only file. What it promises to keep is one
 * option of its own, so the flaw is that option.
 */
import { availability } from '../../../checkers/availability.ts';
import { defineFlaw, definePattern, defineTarget, milliseconds, seconds } from '../../../harness/core/define.ts';
import { HarnessError } from '../../../harness/core/errors.ts';
import { appendClient } from './client.ts';
import { system } from './server.ts';

const unsyncedWrites = definePattern({
  id: 'redis/unsynced-writes',
  title: 'Acknowledged before it is on the disk',
  card: {
    section: 'M3: Durable Log (P3), Specification; the document has no failure pattern of this name',
    symptoms: 'Failure Mode: Log corruption',
    prevention: 'Provides: Durability, OrderingGuarantee, Replayability; Requires: SequentialWrite, OffsetManagement',
    resolution: 'Recovery: Replay from checkpoint',
  },
  worlds: ['docker'],
  flaws: [
    defineFlaw({
      name: 'appendfsync-no',
      about: 'the append-only file is synced when the operating system likes (`appendfsync no`)',
      switches: { appendfsync: 'no' },
      expect: ['lost-write'],
      scenario: {
        workload: 'append',
        concurrency: 6,
        rate: 200,
        duration: seconds(5),
        settle: seconds(1),
        observeEvery: milliseconds(250),
        faults: [
          {
            nemesis: 'power',
            first: [seconds(2), seconds(2.5)],
            lasts: [milliseconds(300), milliseconds(500)],
          },
        ],
        checkers: [availability({ mustRecoverWithinMs: 5000 })],
      },
    }),
  ],
});

export const redis = defineTarget({
  name: 'redis',
  kind: 'system',
  label: 'P3',
  worlds: ['docker'],
  roles(count) {
    if (count === 1) return { n1: 'server' };
    throw new HarnessError({
      code: 'bad-usage',
      message: `The target redis was asked for ${count} nodes, and is one server.`,
      hint: 'Leave out `--nodes`.',
    });
  },
  defaultNodes: 1,
  reference: { appendfsync: 'always' },
  system,
  clients: { append: appendClient },
  patterns: [unsyncedWrites],
});
