/**
 * Elections (Raft paper 5.2 and 5.4.1; thesis 9.6 for the pre-vote).
 *
 * The one surprise: an election has two rounds. In the first one a node only asks whether it could win, and changes
 * nothing, so that a node which was cut off comes back without a term that would depose a healthy leader.
 */
import type { NodeId } from '../../../harness/core/types.ts';
import { marks } from './marks.ts';
import type { Vote, VoteReply } from './messages.ts';
import { note, type Replica, send, setTerm } from './replica.ts';
import { lead } from './replication.ts';
import { armElection, follow } from './roles.ts';

export function onElectionDue(replica: Replica): void {
  if (replica.role === 'leader') return;
  replica.leader = null;
  armElection(replica);
  if (replica.settings.preVote) canvass(replica);
  else stand(replica);
}

function canvass(replica: Replica): void {
  replica.campaign = { kind: 'pre-vote', term: replica.term + 1, granted: new Set([replica.environment.self]) };
  if (replica.majority === 1) stand(replica);
  else askAll(replica, 'pre-vote', replica.term + 1);
}

function stand(replica: Replica): void {
  const { self, metrics } = replica.environment;
  if (replica.role === 'candidate') replica.environment.mark(marks.splitVote);
  setTerm(replica, replica.term + 1, self);
  replica.role = 'candidate';
  replica.elections++;
  metrics.add('consensus_leader_elections_total');
  note(replica, 'candidate', { term: replica.term });
  armElection(replica);
  const campaign = { kind: 'vote', term: replica.term, granted: new Set<NodeId>() } as const;
  replica.campaign = campaign;
  // Its own vote counts, like any other, once it cannot be forgotten.
  replica.storage.whenDurable(() => {
    if (replica.campaign !== campaign) return;
    askAll(replica, 'vote', campaign.term);
    count(replica, self);
  });
}

function askAll(replica: Replica, type: Vote['type'], term: number): void {
  const { last, lastTerm } = replica.log;
  const message: Vote = { type, term, lastIndex: last, lastTerm };
  for (const peer of replica.peers) send(replica, peer, message);
}

export function onVote(replica: Replica, from: NodeId, message: Vote): void {
  if (message.type === 'pre-vote') {
    if (message.term > replica.term && hasLeader(replica)) replica.environment.mark(marks.needless);
    const granted = message.term > replica.term && isUpToDate(replica, message) && !hasLeader(replica);
    answer(replica, from, 'pre-vote-reply', granted ? message.term : replica.term, granted);
    return;
  }
  if (message.term > replica.term) follow(replica, message.term, null);
  if (message.term === replica.term && !isUpToDate(replica, message)) replica.environment.mark(marks.staleVote);
  const free = replica.vote === null || replica.vote === from;
  if (message.term < replica.term || replica.role !== 'follower' || !free || !isUpToDate(replica, message)) {
    answer(replica, from, 'vote-reply', replica.term, false);
    return;
  }
  if (replica.vote === null) setTerm(replica, replica.term, from);
  armElection(replica);
  replica.storage.whenDurable(() => {
    if (replica.term === message.term && replica.vote === from) answer(replica, from, 'vote-reply', message.term, true);
  });
}

export function onVoteReply(replica: Replica, from: NodeId, message: VoteReply): void {
  const { campaign } = replica;
  if (!message.granted) {
    if (message.term > replica.term) follow(replica, message.term, null);
    return;
  }
  const kind = message.type === 'vote-reply' ? 'vote' : 'pre-vote';
  if (campaign?.kind === kind && campaign.term === message.term) count(replica, from);
}

function count(replica: Replica, from: NodeId): void {
  const { campaign } = replica;
  if (campaign === undefined) return;
  campaign.granted.add(from);
  if (campaign.granted.size < replica.majority) return;
  if (campaign.kind === 'pre-vote') stand(replica);
  else lead(replica);
}

/** The voter's log may not be ahead of the candidate's: that keeps committed entries in every leader's log. */
const isUpToDate = ({ log }: Replica, { lastIndex, lastTerm }: Vote): boolean =>
  lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex >= log.last);

/** Whoever hears a leader helps nobody to depose it. */
const hasLeader = ({ role, heardAt, environment, settings }: Replica): boolean =>
  role === 'leader' || environment.clock.monotonic() - heardAt < settings.electionTimeout;

function answer(replica: Replica, to: NodeId, type: VoteReply['type'], term: number, granted: boolean): void {
  const reply: VoteReply = { type, term, granted };
  send(replica, to, reply);
}
