/**
 * Following, and the way back to it: a replica that sees a higher term, or hears the leader of its own, follows.
 */
import type { NodeId } from '../../../harness/core/types.ts';
import { marks } from './marks.ts';
import { failProposal, note, type Replica, setTerm } from './replica.ts';

/** Follows `leader` (null: nobody yet) in `term`, which is not lower than the replica's own. */
export function follow(replica: Replica, term: number, leader: NodeId | null): void {
  const { role, term: before } = replica;
  if (term > replica.term) setTerm(replica, term, null);
  replica.role = 'follower';
  replica.leader = leader;
  replica.campaign = undefined;
  if (role === 'leader') {
    if (before < term) replica.environment.mark(marks.deposed);
    resign(replica);
  }
  if (role !== 'follower') {
    note(replica, 'follower', { term });
    armElection(replica);
  }
}

/** A message of `term`'s leader has come. */
export function heardLeader(replica: Replica, leader: NodeId, term: number): void {
  if (term > replica.term || replica.role !== 'follower' || replica.leader !== leader) follow(replica, term, leader);
  replica.campaign = undefined;
  replica.heardAt = replica.environment.clock.monotonic();
  armElection(replica);
}

/**
 * Puts the election off. The timer itself stays as it is and looks again when it is due: followers do this at every
 * heartbeat.
 */
export function armElection(replica: Replica): void {
  const { settings, environment } = replica;
  const timeout = settings.electionTimeout;
  const wait = settings.randomizedTimeouts ? Math.round(timeout * (1 + environment.random.unit())) : timeout;
  const now = environment.clock.monotonic();
  replica.electionAt = now + wait;
  if (replica.electionTimerAt <= now || replica.electionTimerAt > replica.electionAt) watchElection(replica, now);
}

function watchElection(replica: Replica, now: number): void {
  replica.electionTimerAt = replica.electionAt;
  replica.environment.timers.set('election', replica.electionAt - now, () => {
    const then = replica.environment.clock.monotonic();
    replica.electionTimerAt = then;
    if (replica.role === 'leader') return;
    if (then < replica.electionAt) watchElection(replica, then);
    else replica.onElectionDue();
  });
}

/** Proposals under way may still be committed by whoever leads next, so their clients hear that nobody knows. */
function resign(replica: Replica): void {
  const { leadership, environment } = replica;
  if (leadership === undefined) return;
  replica.leadership = undefined;
  if (leadership.proposals.size > 0) environment.mark(marks.unanswered);
  environment.timers.cancel('heartbeat');
  for (const peer of replica.peers) environment.timers.cancel(`batch:${peer}`);
  for (const { reply } of leadership.proposals.values()) {
    failProposal(replica);
    reply({ ok: false, error: 'lost-leadership' });
  }
  for (const { reply } of leadership.reads) reply({ ok: false, error: 'not-leader', leader: null });
}
