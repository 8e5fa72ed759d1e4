/**
 * The clients of the target `consensus`: one operation, carried to whichever node leads.
 *
 * The one surprise: this client tries again, which clients of this house otherwise never do. That is the session
 * contract. Each client has a session, each change a number in it, and the state machine performs a number once; so a
 * change may be sent to the next node after a time-out, and a read has no effect to repeat. What is never done is to
 * call a change failed after an attempt whose fate is unknown: that is `info`.
 */
import type { Client, ClientFactory, Door, Reply } from '../../../harness/core/target.ts';
import type { Completion, Invocation, Json, NodeId } from '../../../harness/core/types.ts';
import type { Answer, Request } from './messages.ts';
import { type Settings, settingsOf } from './settings.ts';

/** `read`, `write` and `cas` on registers; null where nothing was written. */
export const registerClient: ClientFactory = (door, variant) =>
  createClient(door, settingsOf(variant), (value) => value);

/** `append` and `read` on lists; empty where nothing was appended. */
export const appendClient: ClientFactory = (door, variant) =>
  createClient(door, settingsOf(variant), (value) => value ?? []);

function createClient(door: Door, settings: Settings, seen: (value: Json) => Json): Client {
  // Process numbers come again after a while (the final reads), and a session must not.
  const session = `${door.process}:${door.random.int(0, 0x7fffffff)}`;
  let seq = 0;
  return {
    invoke(invocation, done) {
      const { action, node = door.node } = invocation;
      const request = requestOf(invocation, session, action === 'read' ? 0 : ++seq);
      carry(door, settings, request, node, (completion) => {
        if (action !== 'read' || completion.type !== 'ok') done(completion);
        else done({ type: 'ok', output: seen(completion.output) });
      });
    },
    close() {},
  };
}

function requestOf({ action, input, key = '' }: Invocation, session: string, seq: number): Request {
  switch (action) {
    case 'read':
      return { op: 'read', key };
    case 'write':
    case 'append':
      return { op: action, key, value: input, session, seq };
    case 'cas': {
      const [expected = null, value = null] = input as readonly Json[];
      return { op: 'cas', key, expected, value, session, seq };
    }
    default:
      throw new Error(`consensus has no operation ${action}`);
  }
}

/** Redirections that are followed at once; after that even a hint waits its turn. */
const hops = 2;

function carry(
  door: Door,
  settings: Settings,
  request: Request,
  first: NodeId,
  done: (completion: Completion) => void,
): void {
  const deadline = door.now() + settings.operationTimeout;
  const mayRepeat = request.op === 'read';
  let uncertain: string | undefined;
  let redirected = 0;
  attempt(first);

  function attempt(node: NodeId): void {
    const left = deadline - door.now();
    if (left <= 0) {
      giveUp('no leader was found in time');
      return;
    }
    door.request(node, request, Math.min(left, settings.attemptTimeout), (reply) => hear(node, reply));
  }

  function hear(node: NodeId, reply: Reply): void {
    const next = after(door.nodes, node);
    if (reply.kind !== 'answer') {
      // `refused`: nothing listened, so nothing was done. `lost`: the node may have got it.
      if (reply.kind === 'lost') uncertain = `${node}: ${reply.reason}`;
      later(next);
      return;
    }
    const answer = reply.body as Answer;
    if (answer.ok) {
      done(
        answer.value === false && request.op === 'cas'
          ? { type: 'fail', error: 'precondition' }
          : { type: 'ok', output: answer.value },
      );
      return;
    }
    switch (answer.error) {
      case 'not-leader':
        // This node did not take it, so nothing changes in what is known.
        if (answer.leader !== null && answer.leader !== node && redirected++ < hops) attempt(answer.leader);
        else later(answer.leader !== null && answer.leader !== node ? answer.leader : next);
        return;
      case 'overloaded':
        later(node);
        return;
      case 'lost-leadership':
        uncertain = `${node}: lost its leadership`;
        later(next);
        return;
      case 'stale-session':
        // Its session has gone on: only a bug of ours sends an old number again.
        uncertain = `${node}: session has gone on`;
        giveUp(uncertain);
    }
  }

  function later(node: NodeId): void {
    redirected = 0;
    // Spread, so that clients which were turned away together do not come back together.
    const pause = Math.round(settings.retryPause * (0.5 + door.random.unit()));
    if (door.now() + pause >= deadline) giveUp('no leader was found in time');
    else door.after(pause, () => attempt(node));
  }

  function giveUp(reason: string): void {
    if (mayRepeat || uncertain === undefined) done({ type: 'fail', error: uncertain ?? reason });
    else done({ type: 'info', error: uncertain });
  }
}

const after = (nodes: readonly NodeId[], node: NodeId): NodeId =>
  nodes[(nodes.indexOf(node) + 1) % nodes.length] as NodeId;
