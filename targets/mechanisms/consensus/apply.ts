/**
 * What is committed is applied, in order, and whoever proposed it here hears the result.
 */
import { note, type Replica } from './replica.ts';
import { considerSnapshot } from './snapshot.ts';

export function applyCommitted(replica: Replica): void {
  const { log, machine, leadership, environment } = replica;
  const { metrics } = environment;
  const now = environment.clock.monotonic();
  while (replica.applied < replica.commit) {
    const entry = log.at(replica.applied + 1);
    if (entry === undefined) break;
    const answer = machine.apply(entry);
    replica.applied++;
    const proposal = leadership?.proposals.get(entry.index);
    if (leadership === undefined || proposal === undefined) continue;
    leadership.proposals.delete(entry.index);
    metrics.set('consensus_commit_latency_seconds', (now - proposal.at) / 1e9);
    proposal.reply(answer);
  }
  metrics.set('consensus_applied_index', replica.applied);
  metrics.set('consensus_snapshot_age_seconds', (now - replica.snapshotAt) / 1e9);
  considerSnapshot(replica);
}

/**
 * The leader overwrites what was committed here. No correct cluster comes to this; a twin that lacks a prevention does,
 * and then begins again from its snapshot, so that what was lost is seen to be lost.
 */
export function rewind(replica: Replica, index: number): void {
  const { snapshot, machine, log } = replica;
  note(replica, 'rewound', { from: replica.commit, to: index });
  machine.restore(snapshot.data);
  replica.applied = snapshot.index;
  replica.commit = Math.max(index, snapshot.index);
  while (replica.applied < replica.commit) {
    const entry = log.at(replica.applied + 1);
    if (entry === undefined) break;
    machine.apply(entry);
    replica.applied++;
  }
}
