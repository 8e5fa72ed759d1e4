import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../harness/core/random.ts';
import type { Door, Reply } from '../../../harness/core/target.ts';
import type { Completion, Invocation, Json } from '../../../harness/core/types.ts';
import { appendClient, registerClient } from './client.ts';
import type { Answer, Request } from './messages.ts';
import { reference } from './settings.ts';

const answer = (body: Answer): Reply => ({ kind: 'answer', body });
const refused: Reply = { kind: 'refused', reason: 'connection refused' };
const lost: Reply = { kind: 'lost', reason: 'timeout' };
const notLeader = (leader: string | null) => answer({ ok: false, error: 'not-leader', leader });
const lostLeadership = answer({ ok: false, error: 'lost-leadership' });
const ok = (value: Json) => answer({ ok: true, value });

/** Carries one operation against replies in their order; the last one is repeated. Time passes only between attempts. */
function carry(replies: readonly Reply[], invocation: Partial<Invocation>, factory = registerClient) {
  let now = 0;
  let completion: Completion | undefined;
  const asked: { readonly node: string; readonly request: Request }[] = [];
  const later: (() => void)[] = [];
  const door: Door = {
    process: 3,
    node: 'n1',
    nodes: ['n1', 'n2', 'n3'],
    random: createRandom(1),
    now: () => now,
    after(delay, action) {
      later.push(() => {
        now += delay;
        action();
      });
    },
    request(node, body, timeout, done) {
      const reply = replies[Math.min(asked.length, replies.length - 1)] as Reply;
      asked.push({ node, request: body as Request });
      later.push(() => {
        if (reply.kind === 'lost') now += timeout;
        done(reply);
      });
    },
    address: () => '',
  };
  const client = factory(door, reference);
  client.invoke({ action: 'write', input: 1, key: 'k', ...invocation }, (result) => {
    expect(completion).toBe(undefined);
    completion = result;
  });
  for (let action = later.shift(); action !== undefined; action = later.shift()) action();
  return { completion, nodes: asked.map(({ node }) => node), requests: asked.map(({ request }) => request), now };
}

describe('the client', () => {
  test('follows the hint to the leader', () => {
    const { completion, nodes } = carry([notLeader('n3'), ok(null)], {});
    expect(completion).toEqual({ type: 'ok', output: null });
    expect(nodes).toEqual(['n1', 'n3']);
  });

  test('sends a retry under the number of the first attempt, and the next operation under the next', () => {
    const { requests } = carry([lost, lostLeadership, ok(null)], {});
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map((request) => JSON.stringify(request))).size).toBe(1);
    expect(requests[0]).toMatchObject({ op: 'write', key: 'k', value: 1, seq: 1 });
  });

  test.each<readonly [string, readonly Reply[], Completion['type']]>([
    ['nobody listens', [refused], 'fail'],
    ['nobody leads', [notLeader(null)], 'fail'],
    ['all are overloaded', [answer({ ok: false, error: 'overloaded' })], 'fail'],
    ['no answer comes', [lost], 'info'],
    ['one answer was lost, and then nobody leads', [lost, notLeader(null)], 'info'],
    ['a leader fell before it could say', [lostLeadership, refused], 'info'],
    ['the session has gone on', [answer({ ok: false, error: 'stale-session' })], 'info'],
  ])('when %s a write is %3$s', (_, replies, type) => {
    const { completion, now } = carry(replies, {});
    expect(completion?.type).toBe(type);
    expect(now).toBeLessThanOrEqual(reference.operationTimeoutMs * 1e6);
  });

  test('a read is never unknown: it has no effect', () => {
    expect(carry([lost], { action: 'read' }).completion?.type).toBe('fail');
  });

  test('a cas whose expectation was wrong did not happen, and says which kind of failure that is', () => {
    const { completion, requests } = carry([ok(false)], { action: 'cas', input: [1, 2] });
    expect(completion).toEqual({ type: 'fail', error: 'precondition' });
    expect(requests[0]).toMatchObject({ op: 'cas', expected: 1, value: 2 });
    expect(carry([ok(true)], { action: 'cas', input: [null, 2] }).completion).toEqual({ type: 'ok', output: true });
  });

  test('a register that nobody wrote is null, a list is empty', () => {
    expect(carry([ok(null)], { action: 'read' }).completion).toEqual({ type: 'ok', output: null });
    expect(carry([ok(null)], { action: 'read' }, appendClient).completion).toEqual({ type: 'ok', output: [] });
  });

  test('two hints in a circle do not make it spin', () => {
    const { nodes, completion } = carry([notLeader('n2'), notLeader('n1')], {});
    expect(completion?.type).toBe('fail');
    expect(nodes.length).toBeLessThan(300);
  });
});
