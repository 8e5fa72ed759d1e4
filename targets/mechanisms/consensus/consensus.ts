/**
 * Raft (Ongaro and Ousterhout 2014; Ongaro's thesis 2014) over an `Environment`: the node of the target `consensus`.
 *
 * This file only puts the parts together and hands each message to its own. The one surprise: a node that has just
 * started says nothing at all until what it found on its disk has been synced, because a killed process may have left
 * writes behind that no disk holds yet.
 */
import type { Environment, Node, NodeFactory } from '../../../harness/core/node.ts';
import type { Json, Variant } from '../../../harness/core/types.ts';
import { onElectionDue, onVote, onVoteReply } from './election.ts';
import { onAppend } from './following.ts';
import { createLog } from './log.ts';
import { marks } from './marks.ts';
import type { Answer, Command, Message, Request } from './messages.ts';
import { onRead } from './reads.ts';
import { failProposal, note, type Replica } from './replica.ts';
import { advanceCommit, appendOwn, onAppendReply, onInstallReply, pushEntries } from './replication.ts';
import { armElection } from './roles.ts';
import { settingsOf } from './settings.ts';
import { onInstall, readSnapshot } from './snapshot.ts';
import { createStateMachine, emptyImage } from './state-machine.ts';
import { openStorage } from './storage.ts';

export const consensusNode: NodeFactory = (environment, variant): Node => {
  let replica: Replica | undefined;
  return {
    start() {
      const opened = open(environment, variant);
      opened.storage.whenDurable(() => {
        replica = opened;
        armElection(opened);
      });
    },
    onMessage(from, body) {
      if (replica !== undefined) receive(replica, from, body as Message);
    },
    onRequest(body, reply) {
      if (replica === undefined) reply({ ok: false, error: 'not-leader', leader: null });
      else serve(replica, body as Request, reply);
    },
    inspect: () => (replica === undefined ? { role: 'starting' } : describe(replica)),
  };
};

function open(environment: Environment, variant: Variant): Replica {
  const { disk, clock, self, nodes } = environment;
  const settings = settingsOf(variant);
  const snapshot = readSnapshot(disk) ?? { index: 0, term: 0, data: emptyImage };
  const { storage, recovered } = openStorage({
    disk,
    snapshotIndex: snapshot.index,
    syncEntries: settings.syncBeforeAck,
    keepHardState: settings.persistVote,
    onDurable: () => advanceCommit(replica),
  });
  const log = createLog(recovered.base, recovered.baseTerm, recovered.entries);
  if (snapshot.index < log.base)
    throw new Error(`the log begins behind entry ${log.base}, the snapshot ends at ${snapshot.index}`);
  if (snapshot.index > log.base) {
    if (log.termAt(snapshot.index) === snapshot.term) {
      log.compact(snapshot.index);
    } else {
      // The machine died between taking over a leader's snapshot and starting the log anew behind it.
      log.reset(snapshot.index, snapshot.term);
      storage.roll(snapshot.index, snapshot.term, true);
    }
  }
  const machine = createStateMachine(settings.sessionLimit);
  machine.restore(snapshot.data);
  const replica: Replica = {
    environment,
    settings,
    peers: nodes.filter((node) => node !== self),
    majority: Math.floor(nodes.length / 2) + 1,
    log,
    storage,
    machine,
    role: 'follower',
    term: recovered.term,
    vote: recovered.vote,
    leader: null,
    commit: snapshot.index,
    applied: snapshot.index,
    snapshot,
    snapshotAt: clock.monotonic(),
    saving: false,
    heardAt: Number.NEGATIVE_INFINITY,
    electionAt: 0,
    electionTimerAt: Number.NEGATIVE_INFINITY,
    campaign: undefined,
    leadership: undefined,
    elections: 0,
    failedProposals: 0,
    onElectionDue: () => onElectionDue(replica),
  };
  if (recovered.torn !== undefined) environment.mark(marks.torn);
  if (recovered.torn !== undefined) note(replica, 'truncated', recovered.torn);
  return replica;
}

function receive(replica: Replica, from: string, message: Message): void {
  switch (message.type) {
    case 'append':
      onAppend(replica, from, message);
      break;
    case 'append-reply':
      onAppendReply(replica, from, message);
      break;
    case 'pre-vote':
    case 'vote':
      onVote(replica, from, message);
      break;
    case 'pre-vote-reply':
    case 'vote-reply':
      onVoteReply(replica, from, message);
      break;
    case 'install':
      onInstall(replica, from, message);
      break;
    case 'install-reply':
      onInstallReply(replica, from, message);
  }
}

function serve(replica: Replica, request: Request, reply: (answer: Answer) => void): void {
  if (request.op === 'read') onRead(replica, request.key, reply);
  else propose(replica, request, reply);
}

function propose(replica: Replica, command: Command, reply: (answer: Answer) => void): void {
  const { leadership, log, term, settings, environment } = replica;
  if (leadership === undefined) {
    reply({ ok: false, error: 'not-leader', leader: replica.leader });
    return;
  }
  // What was applied was committed, so its answer is good whoever leads now.
  const before = replica.machine.remembered(command);
  if (before !== undefined) {
    environment.mark(marks.repeated);
    reply(before);
    return;
  }
  if (leadership.proposals.size >= settings.maxPending) {
    failProposal(replica);
    reply({ ok: false, error: 'overloaded' });
    return;
  }
  const entry = { index: log.last + 1, term, command };
  leadership.proposals.set(entry.index, { term, at: environment.clock.monotonic(), reply });
  appendOwn(replica, entry);
  pushEntries(replica);
}

function describe(replica: Replica): Json {
  const { log, storage, machine, leadership } = replica;
  return {
    role: replica.role,
    term: replica.term,
    vote: replica.vote,
    leader: replica.leader,
    commit: replica.commit,
    /** Of the entry at `commit`; null where a snapshot alone knows it. */
    commitTerm: log.termAt(replica.commit) ?? null,
    /** What was committed when this leadership began. */
    commitBefore: leadership?.commitBefore ?? null,
    applied: replica.applied,
    digest: machine.digest,
    /** Where each term of the log begins. */
    terms: log.terms,
    lastIndex: log.last,
    lastTerm: log.lastTerm,
    durable: storage.durableIndex,
    firstIndex: log.base + 1,
    snapshot: replica.snapshot.index,
    sessions: machine.sessions,
    logBytes: storage.bytes,
    pending: leadership?.proposals.size ?? 0,
    elections: replica.elections,
    failedProposals: replica.failedProposals,
  };
}
