/**
 * The follower's side of AppendEntries: check that the logs agree before the new entries, take them over, and
 * acknowledge them when they cannot be lost any more.
 */
import type { NodeId } from '../../../harness/core/types.ts';
import { applyCommitted, rewind } from './apply.ts';
import { marks } from './marks.ts';
import type { Append, AppendReply, Entry } from './messages.ts';
import { note, type Replica, send } from './replica.ts';
import { heardLeader } from './roles.ts';

export function onAppend(replica: Replica, from: NodeId, message: Append): void {
  const { log, storage } = replica;
  if (message.term < replica.term) {
    reject(replica, from, message, log.last + 1, 0);
    return;
  }
  heardLeader(replica, from, message.term);
  let { prev, prevTerm, entries } = message;
  if (prev < log.base) {
    // What the snapshot covers is committed and so the same everywhere.
    entries = entries.slice(log.base - prev);
    if (entries.length === 0 && prev + message.entries.length < log.base) {
      accept(replica, from, message, prev + message.entries.length);
      return;
    }
    prev = log.base;
    prevTerm = log.baseTerm;
  }
  const termHere = log.termAt(prev);
  if (termHere !== prevTerm) {
    replica.environment.mark(termHere === undefined ? marks.behind : marks.conflict);
    if (termHere === undefined) reject(replica, from, message, log.last + 1, 0);
    else reject(replica, from, message, log.firstOfTerm(prev), termHere);
    return;
  }
  const lastNew = prev + entries.length;
  takeOver(replica, entries);
  const commit = Math.min(message.commit, lastNew);
  if (commit > replica.commit) {
    replica.commit = commit;
    applyCommitted(replica);
  }
  if (message.entries.length === 0) {
    // A heartbeat confirms the leader at once, and claims no more of the log than is on the disk.
    accept(replica, from, message, Math.min(lastNew, storage.durableIndex));
    return;
  }
  storage.whenDurable(() => {
    if (replica.term === message.term) accept(replica, from, message, lastNew);
  });
}

/** Entries that are here already stay: the message may be an old one, overtaken by others. */
function takeOver(replica: Replica, entries: readonly Entry[]): void {
  const { log, storage } = replica;
  const start = entries.findIndex(({ index, term }) => log.termAt(index) !== term);
  if (start < 0) return;
  const fresh = start === 0 ? entries : entries.slice(start);
  const from = (fresh[0] as Entry).index;
  if (from <= log.last) {
    replica.environment.mark(marks.truncated);
    note(replica, 'overwritten', { from, to: log.last, term: log.termAt(from) ?? 0 });
    log.cut(from);
    if (from <= replica.commit) rewind(replica, from - 1);
  }
  for (const entry of fresh) log.push(entry);
  storage.append(fresh);
  replica.environment.metrics.set('consensus_log_size_bytes', storage.bytes);
}

function accept(replica: Replica, to: NodeId, { round }: Append, match: number): void {
  const reply: AppendReply = { type: 'append-reply', term: replica.term, ok: true, match, round };
  send(replica, to, reply);
}

function reject(replica: Replica, to: NodeId, { round, prev }: Append, hint: number, hintTerm: number): void {
  const reply: AppendReply = { type: 'append-reply', term: replica.term, ok: false, prev, hint, hintTerm, round };
  send(replica, to, reply);
}
