/**
 * The leader's work: sending its log, counting replicas, and stepping down when it hears no majority.
 *
 * The one surprise: each follower has one batch under way at a time. While it waits for the answer, proposals come
 * together into the next one, which is why the load sets the size of a batch.
 */
import type { NodeId } from '../../../harness/core/types.ts';
import { applyCommitted } from './apply.ts';
import { marks } from './marks.ts';
import type { Append, AppendReply, Entry, Install, InstallReply } from './messages.ts';
import { serveReads } from './reads.ts';
import { type Leadership, note, type Progress, quorumOf, type Replica, reachedBy, send } from './replica.ts';
import { follow } from './roles.ts';

/** The election is won. */
export function lead(replica: Replica): void {
  const { environment, log, settings, term } = replica;
  const now = environment.clock.monotonic();
  const progress = new Map<NodeId, Progress>();
  for (const peer of replica.peers) {
    progress.set(peer, {
      next: log.last + 1,
      match: 0,
      // As if just heard: a new leader has an election timeout to gather its majority.
      heardAt: now,
      round: 0,
      sentAt: undefined,
      batchAt: now,
      installAt: undefined,
    });
  }
  replica.role = 'leader';
  replica.leader = environment.self;
  replica.campaign = undefined;
  replica.leadership = {
    since: now,
    commitBefore: replica.commit,
    firstIndex: settings.commitOnlyOwnTerm ? log.last + 1 : 0,
    progress,
    round: 0,
    confirmed: 0,
    reads: [],
    proposals: new Map(),
  };
  note(replica, 'leader', { term });
  // Entries of earlier terms become committed with this one, never by themselves.
  if (settings.commitOnlyOwnTerm) appendOwn(replica, { index: log.last + 1, term, command: null });
  broadcast(replica);
  environment.timers.set('heartbeat', settings.heartbeat, () => beat(replica));
}

export function appendOwn(replica: Replica, entry: Entry): void {
  replica.log.push(entry);
  replica.storage.append([entry]);
  replica.environment.metrics.set('consensus_log_size_bytes', replica.storage.bytes);
}

function beat(replica: Replica): void {
  const { leadership, environment, settings } = replica;
  if (leadership === undefined) return;
  const now = environment.clock.monotonic();
  if (settings.checkQuorum && now - leadership.since >= settings.electionTimeout) {
    let heard = 1;
    for (const progress of leadership.progress.values()) if (now - progress.heardAt < settings.electionTimeout) heard++;
    if (heard < quorumOf(replica)) {
      environment.mark(marks.alone);
      follow(replica, replica.term, null);
      return;
    }
  }
  environment.timers.set('heartbeat', settings.heartbeat, () => beat(replica));
  // Whether or not anything is lost underway, a batch without an answer for two heartbeats goes again.
  for (const progress of leadership.progress.values()) {
    if (progress.sentAt !== undefined && now - progress.sentAt >= 2 * settings.heartbeat) progress.sentAt = undefined;
  }
  leadership.round++;
  broadcast(replica);
  advanceCommit(replica);
}

/** To every follower: what it lacks, or a heartbeat. */
export function broadcast(replica: Replica): void {
  for (const peer of replica.peers) sendAppend(replica, peer, true);
}

/** Sends what followers lack to those that are ready for it, and nothing to the others. */
export function pushEntries(replica: Replica): void {
  for (const peer of replica.peers) sendAppend(replica, peer, false);
}

function sendAppend(replica: Replica, peer: NodeId, heartbeat: boolean): void {
  const { leadership, log, settings, environment } = replica;
  const progress = leadership?.progress.get(peer);
  if (leadership === undefined || progress === undefined) return;
  const now = environment.clock.monotonic();
  if (progress.next <= log.base) {
    if (progress.installAt === undefined || now - progress.installAt >= settings.electionTimeout) {
      progress.installAt = now;
      const install: Install = { type: 'install', term: replica.term, image: replica.snapshot };
      send(replica, peer, install);
    }
    if (heartbeat) sendEntries(replica, peer, leadership, 0, []);
    return;
  }
  let entries: readonly Entry[] = [];
  if (progress.sentAt === undefined && progress.next <= log.last) {
    const early = settings.batchGap - (now - progress.batchAt);
    if (early > 0) {
      environment.timers.set(`batch:${peer}`, early, () => sendAppend(replica, peer, false));
    } else {
      entries = log.batch(progress.next, settings.maxBatch);
      progress.sentAt = now;
      progress.batchAt = now;
    }
  }
  if (heartbeat || entries.length > 0) sendEntries(replica, peer, leadership, progress.next - 1, entries);
}

function sendEntries(
  replica: Replica,
  peer: NodeId,
  { round }: Leadership,
  prev: number,
  entries: readonly Entry[],
): void {
  const { term, commit, log } = replica;
  const prevTerm = prev === 0 ? 0 : (log.termAt(prev) ?? 0);
  const message: Append = { type: 'append', term, prev, prevTerm, entries, commit, round };
  send(replica, peer, message);
}

export function onAppendReply(replica: Replica, from: NodeId, message: AppendReply): void {
  const { leadership, log } = replica;
  if (message.term > replica.term) {
    follow(replica, message.term, null);
    return;
  }
  const progress = leadership?.progress.get(from);
  if (leadership === undefined || progress === undefined || message.term < replica.term) return;
  progress.heardAt = replica.environment.clock.monotonic();
  if (message.round > progress.round) progress.round = message.round;
  if (message.ok) {
    if (message.match > progress.match) {
      progress.match = Math.min(message.match, log.last);
      advanceCommit(replica);
    }
    if (progress.match >= progress.next) {
      progress.next = progress.match + 1;
      progress.sentAt = undefined;
    }
  } else if (message.prev === progress.next - 1) {
    backtrack(replica, progress, message.hint, message.hintTerm);
  }
  confirmRound(replica, leadership);
  if (replica.leadership === leadership) sendAppend(replica, from, false);
}

/** Skips a whole term at a time (paper, end of 5.3). */
function backtrack({ log }: Replica, progress: Progress, hint: number, hintTerm: number): void {
  const shared = hintTerm === 0 ? 0 : log.lastOfTerm(hintTerm);
  const next = shared > 0 && shared < progress.next ? shared + 1 : hint;
  progress.next = Math.max(1, Math.min(progress.next - 1, next));
  // A disk that keeps its promises never lets a follower lack what it acknowledged.
  progress.match = Math.min(progress.match, progress.next - 1);
  progress.sentAt = undefined;
}

export function onInstallReply(replica: Replica, from: NodeId, message: InstallReply): void {
  if (message.term > replica.term) {
    follow(replica, message.term, null);
    return;
  }
  const progress = replica.leadership?.progress.get(from);
  if (progress === undefined || message.term < replica.term) return;
  progress.heardAt = replica.environment.clock.monotonic();
  progress.installAt = undefined;
  if (message.match > progress.match) progress.match = Math.min(message.match, replica.log.last);
  if (progress.match >= progress.next) {
    progress.next = progress.match + 1;
    progress.sentAt = undefined;
  }
  advanceCommit(replica);
  sendAppend(replica, from, false);
}

/** The rule of figure 8: replicas are counted for entries of the leader's own term only. */
export function advanceCommit(replica: Replica): void {
  const { leadership, storage, log } = replica;
  if (leadership === undefined) return;
  const matches = [Math.min(storage.durableIndex, log.last)];
  for (const progress of leadership.progress.values()) matches.push(progress.match);
  const index = reachedBy(matches, quorumOf(replica));
  if (index <= replica.commit) return;
  if (replica.settings.commitOnlyOwnTerm && log.termAt(index) !== replica.term) return;
  if (replica.commit + 1 < leadership.firstIndex) replica.environment.mark(marks.inherited);
  replica.commit = index;
  applyCommitted(replica);
  serveReads(replica);
}

function confirmRound(replica: Replica, leadership: Leadership): void {
  if (leadership.reads.length === 0) return;
  const rounds = [leadership.round];
  for (const progress of leadership.progress.values()) rounds.push(progress.round);
  leadership.confirmed = Math.max(leadership.confirmed, reachedBy(rounds, quorumOf(replica)));
  serveReads(replica);
  // Reads that came while a round was under way share the next one.
  if (leadership.confirmed === leadership.round && leadership.reads.some(({ round }) => round > leadership.round)) {
    leadership.round++;
    broadcast(replica);
  }
}

export function confirmSoon(replica: Replica, leadership: Leadership): void {
  if (leadership.round !== leadership.confirmed && leadership.reads.length > 1) return;
  leadership.round++;
  broadcast(replica);
}
