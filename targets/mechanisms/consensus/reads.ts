/**
 * Reads without a log entry (ReadIndex, thesis 6.4): the leader answers from its own state, after a majority has
 * confirmed in a heartbeat round begun *after* the read arrived that nobody has deposed it, and not before an entry of
 * its own term is committed. Without the first it answers for a past it does not know to be one; without the second it
 * may not know yet what its predecessors committed.
 */
import type { Answer } from './messages.ts';
import type { Replica } from './replica.ts';
import { confirmSoon } from './replication.ts';

export function onRead(replica: Replica, key: string, reply: (answer: Answer) => void): void {
  const { leadership, settings, machine } = replica;
  if (leadership === undefined) {
    reply({ ok: false, error: 'not-leader', leader: replica.leader });
    return;
  }
  if (!settings.readIndex) {
    reply({ ok: true, value: machine.read(key) });
    return;
  }
  leadership.reads.push({ key, round: leadership.round + 1, reply });
  confirmSoon(replica, leadership);
  // A cluster of one has its majority already.
  if (replica.peers.length === 0) leadership.confirmed = leadership.round;
  serveReads(replica);
}

export function serveReads(replica: Replica): void {
  const { leadership, machine } = replica;
  if (leadership === undefined || replica.applied < leadership.firstIndex) return;
  if (!leadership.reads.some(({ round }) => round <= leadership.confirmed)) return;
  const { confirmed, reads } = leadership;
  leadership.reads = reads.filter(({ round }) => round > confirmed);
  for (const { key, round, reply } of reads) if (round <= confirmed) reply({ ok: true, value: machine.read(key) });
}
