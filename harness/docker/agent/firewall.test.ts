import { describe, expect, test } from 'vitest';
import { hookChains, rulesFor, union } from './firewall.ts';
import { judgeDelays, judgeDisturbance, judgeLinks, judgeRest } from './judge.ts';
import type { Link } from './probe.ts';
import type { Drop } from './protocol.ts';

const nodes = {
  n1: { container: 'a', address: '198.19.1.11' },
  n2: { container: 'b', address: '198.19.1.12' },
  n3: { container: 'c', address: '198.19.1.13' },
};

describe('rules of a cut', () => {
  const drops: Drop[] = [['n1', 'n2']];

  test('stand at both ends of a one-way cut, and nowhere else', () => {
    expect(rulesFor('n1', drops, nodes, 'ab12')).toContain('-A PP-ab12-OUT -d 198.19.1.12 -j DROP');
    expect(rulesFor('n1', drops, nodes, 'ab12')).not.toContain('-A PP-ab12-IN');
    expect(rulesFor('n2', drops, nodes, 'ab12')).toContain('-A PP-ab12-IN -s 198.19.1.11 -j DROP');
    expect(rulesFor('n2', drops, nodes, 'ab12')).not.toContain('-A PP-ab12-OUT');
    expect(rulesFor('n3', drops, nodes, 'ab12')).not.toContain('-A');
  });

  test('empty our own chains and touch no other', () => {
    const text = rulesFor('n1', drops, nodes, 'ab12') + hookChains('ab12');
    expect(text).not.toMatch(/-F|-X|--flush|:INPUT|:OUTPUT|:FORWARD/);
    expect([...text.matchAll(/^:(\S+)/gm)].map(([, chain]) => chain)).toEqual(['PP-ab12-IN', 'PP-ab12-OUT']);
  });

  test('fit into the 28 characters that iptables gives a chain', () => {
    for (const [, chain = ''] of rulesFor('n1', [], nodes, '0123abcd').matchAll(/^:(\S+)/gm)) {
      expect(chain.length).toBeLessThanOrEqual(28);
    }
  });

  test('of overlapping cuts are laid once', () => {
    expect(
      union([
        drops,
        [
          ['n1', 'n2'],
          ['n2', 'n1'],
        ],
      ]),
    ).toEqual([
      ['n1', 'n2'],
      ['n2', 'n1'],
    ]);
  });

  test('of a slow node queue what it sends to others, behind its cuts, and let it pass where nobody listens', () => {
    const lines = rulesFor('n1', drops, nodes, 'ab12', { loss: 0, queued: true, twice: undefined }).split('\n');
    const queue = lines.filter((line) => line.includes('NFQUEUE'));
    expect(queue).toEqual([
      '-A PP-ab12-OUT -d 198.19.1.12 -j NFQUEUE --queue-num 7 --queue-bypass',
      '-A PP-ab12-OUT -d 198.19.1.13 -j NFQUEUE --queue-num 7 --queue-bypass',
    ]);
    expect(lines.findIndex((line) => line.includes('DROP'))).toBeLessThan(lines.indexOf(queue[0] as string));
    expect(rulesFor('n1', drops, nodes, 'ab12')).not.toContain('NFQUEUE');
  });

  test('of loss and duplicates strike what goes to other nodes, and a duplicate is not doubled in its turn', () => {
    const lines = rulesFor('n1', [], nodes, 'ab12', { loss: 0.25, queued: false, twice: 0.5 }).split('\n');
    const drop = '-m statistic --mode random --probability 0.250000000 -j DROP';
    expect(lines.filter((line) => line.includes('DROP'))).toEqual([
      `-A PP-ab12-OUT -d 198.19.1.12 ${drop}`,
      `-A PP-ab12-OUT -d 198.19.1.13 ${drop}`,
    ]);
    const doubling = lines.slice(lines.indexOf('*mangle')).filter((line) => line.includes('198.19.1.12'));
    expect(doubling.map((line) => line.replace(/.*-j /, ''))).toEqual([
      'RETURN',
      'MARK --set-mark 0x5050',
      'TEE --gateway 198.19.1.12',
    ]);
  });

  test('for a node that does not exist are refused', () => {
    expect(() => rulesFor('n1', [['n9', 'n1']], nodes, 'ab12')).toThrow('there is no node n9');
  });
});

describe('the judgement of probes', () => {
  const link = (from: string, to: string, datagrams: number, connected: boolean): Link => ({
    ...{ from, to, datagrams, connected },
    ...{ sent: 3, twice: 0, late: 0, spanMs: 0 },
  });
  const cut = (from: string, to: string): boolean => from === 'n1' && to === 'n2';

  test('accepts a one-way cut: nothing there, datagrams back, and no handshake either way', () => {
    const judged = judgeLinks([link('n1', 'n2', 0, false), link('n2', 'n1', 3, false)], cut);
    expect(judged).toEqual({
      took: true,
      how: '0 of 3 datagrams and 0 TCP handshakes crossed n1→n2; 3 of 3 datagrams and 0 TCP handshakes crossed the 1 open links',
    });
  });

  test('rejects a cut through which one datagram came', () => {
    const judged = judgeLinks([link('n1', 'n2', 1, false), link('n2', 'n1', 3, false)], cut);
    expect(judged.took).toBe(false);
    expect(judged.how).toContain('still open: n1→n2');
  });

  test('rejects a heal after which a link stays dead', () => {
    const judged = judgeLinks([link('n1', 'n2', 3, true), link('n2', 'n1', 0, false)], () => false);
    expect(judged.took).toBe(false);
    expect(judged.how).toContain('dead though not cut: n2→n1');
  });

  test('of delays is passed only when every datagram of a slowed node took its time', () => {
    const timed = (from: string, to: string, latencyMs: number): Link => ({ ...link(from, to, 3, true), latencyMs });
    const slow = (from: string) => (from === 'n1' ? { atLeastMs: 20 } : undefined);
    const good = judgeDelays([timed('n1', 'n2', 21), timed('n2', 'n1', 0.1)], slow);
    expect(good).toEqual({ took: true, how: 'fastest datagram to another node, in ms: n1 21.0, n2 0.1' });
    expect(judgeDelays([timed('n1', 'n2', 21), timed('n1', 'n3', 3)], slow)).toMatchObject({
      took: false,
      how: expect.stringContaining('too fast: n1→n3'),
    });
    expect(judgeDelays([], slow).took).toBe(false);
  });

  test('of packets wants every struck node to have lost some, and nobody any after the heal', () => {
    const lossy = { ...link('n1', 'n2', 2, true) };
    const whole = link('n2', 'n1', 3, true);
    const loss = { kind: 'loss', share: 0.5 } as const;
    expect(judgeDisturbance([lossy, whole], ['n1'], loss, 92)).toEqual({
      took: true,
      how: 'n1: 1 of 3 datagrams were lost',
    });
    expect(judgeDisturbance([lossy, whole], ['n1', 'n2'], loss, 92).took).toBe(false);
    const nothing = () => ({ lost: false, twice: false, late: false });
    expect(judgeRest([lossy, whole], nothing)).toEqual({
      took: false,
      how: '5 of 6 datagrams came, 0 twice, 0 overtaken; lost though nothing stands: n1→n2',
    });
    expect(judgeRest([{ ...whole, twice: 1 }], nothing).took).toBe(false);
    expect(judgeRest([{ ...whole, late: 1 }], nothing).took).toBe(false);
    expect(judgeRest([whole], nothing).took).toBe(true);
  });

  test('of a narrow pipe wants few bytes a second, or datagrams that did not fit', () => {
    const narrow = { kind: 'bandwidth', bytesPerSecond: 5000 } as const;
    const slowly = { ...link('n1', 'n2', 3, true), spanMs: 400 };
    expect(judgeDisturbance([slowly], ['n1'], narrow, 1000).took).toBe(true);
    expect(judgeDisturbance([{ ...slowly, spanMs: 1 }], ['n1'], narrow, 1000).took).toBe(false);
    expect(judgeDisturbance([{ ...slowly, datagrams: 1, spanMs: 0 }], ['n1'], narrow, 1000).took).toBe(true);
  });
});
