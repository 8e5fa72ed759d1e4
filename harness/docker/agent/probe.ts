/**
 * Proof by packets: from inside every node's network namespace, datagrams and connections to every other node.
 *
 * The surprise is the perl. One small process enters all namespaces in turn, opens its sockets there (a socket stays
 * where it was made) and then sees from one place what arrives where. Node cannot change namespaces, and starting it
 * once in each would take longer than the fault may.
 */
import { execa } from 'execa';
import type { NodeId } from '../../core/types.ts';

export interface Link {
  readonly from: NodeId;
  readonly to: NodeId;
  /** Of the datagrams sent, how many came. */
  readonly datagrams: number;
  readonly sent: number;
  /** How long the fastest of them took, in milliseconds; absent where none came. */
  readonly latencyMs?: number;
  /** Whether a TCP handshake was completed, which needs both directions. */
  readonly connected: boolean;
}

const setns: Partial<Record<string, number>> = { x64: 308, arm64: 268 };

/**
 * @param open links from which an answer is expected: the probe returns once these have answered and the others have
 *   had `graceMs` to do so too, or at the latest after `limitMs`.
 */
export async function probe(
  nodes: readonly { readonly id: NodeId; readonly pid: number; readonly address: string }[],
  open: (from: NodeId, to: NodeId) => boolean,
  { graceMs = 25, limitMs = 1000 } = {},
): Promise<Link[]> {
  const input = [`${setns[process.arch]} ${graceMs} ${limitMs}`];
  for (const { pid, address } of nodes) input.push(`${pid} ${address}`);
  for (const { id: from } of nodes) {
    const expected = nodes.map(({ id: to }) => (open(from, to) ? (open(to, from) ? 2 : 1) : 0));
    input.push(expected.join(' '));
  }
  const { stdout } = await execa('perl', ['-e', script], { input: input.join('\n') });
  const links: Link[] = [];
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [from = 0, to = 0, sent = 0, datagrams = 0, connected = 0, latencyMs = -1] = line.split(' ').map(Number);
    const [sender, receiver] = [nodes[from], nodes[to]];
    if (sender === undefined || receiver === undefined) throw new Error(`the probe spoke of a node unknown: ${line}`);
    const link = { from: sender.id, to: receiver.id, sent, datagrams, connected: connected === 1 };
    links.push(latencyMs < 0 ? link : { ...link, latencyMs });
  }
  return links;
}

// Input: "SETNS GRACE LIMIT", then a line "PID ADDRESS" a node, then a line a sender of what is expected of each
// receiver: 0 nothing, 1 datagrams, 2 connections too. A refused connection counts as made: a packet came back.
const script = String.raw`
use strict; use Socket; use Fcntl; use Time::HiRes qw(time); use Errno qw(EINPROGRESS ECONNREFUSED);
my $port = 7499; my $copies = 3;
my ($setns, $grace, $limit) = split ' ', <STDIN>;
my (@nodes, @expected);
while (<STDIN>) { chomp; /\./ ? push(@nodes, [split ' ']) : push(@expected, [split ' ']) }
my (@udp, @flow, @got, @fastest);
sub nonblocking { fcntl($_[0], F_SETFL, fcntl($_[0], F_GETFL, 0) | O_NONBLOCK) or die "fcntl: $!" }
sub enter { open(my $ns, '<', "/proc/$_[0]/ns/net") or die "namespace of $_[0]: $!";
  syscall($setns, fileno($ns), 0x40000000) == 0 or die "setns: $!" }
for my $x (0 .. $#nodes) {
  enter($nodes[$x][0]);
  socket(my $u, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
  setsockopt($u, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($u, sockaddr_in($port, inet_aton($nodes[$x][1]))) or die "bind $nodes[$x][1]: $!"; nonblocking($u);
  push @udp, $u;
}
for my $x (0 .. $#nodes) {
  enter($nodes[$x][0]);
  for my $y (0 .. $#nodes) { next if $x == $y;
    my $to = sockaddr_in($port, inet_aton($nodes[$y][1]));
    send($udp[$x], "$x $y " . time, 0, $to) for 1 .. $copies;
    socket(my $t, PF_INET, SOCK_STREAM, 0) or die "socket: $!"; nonblocking($t);
    connect($t, $to) or $! == EINPROGRESS or $! == ECONNREFUSED or 1;
    push @flow, [$x, $y, $t, $! == ECONNREFUSED ? 1 : 0];
  }
}
my $start = time; my $settled;
while (1) {
  for my $u (@udp) { while (defined recv($u, my $m, 64, 0)) {
    my ($x, $y, $t) = split ' ', $m; my $took = (time - $t) * 1000; $got[$x][$y]++;
    $fastest[$x][$y] = $took unless defined $fastest[$x][$y] && $fastest[$x][$y] < $took } }
  for my $f (@flow) { next if $f->[3];
    my $w = ''; vec($w, fileno($f->[2]), 1) = 1;
    if (select(undef, $w, undef, 0) > 0) {
      my $e = unpack('i', getsockopt($f->[2], SOL_SOCKET, SO_ERROR));
      $f->[3] = 1 if $e == 0 || $e == ECONNREFUSED; } }
  my $missing = 0;
  for my $f (@flow) { my $e = $expected[$f->[0]][$f->[1]];
    $missing = 1 if $e >= 1 && ($got[$f->[0]][$f->[1]] // 0) < $copies; $missing = 1 if $e == 2 && !$f->[3]; }
  my $now = time;
  $settled //= $now unless $missing;
  last if defined $settled && ($now - $settled) * 1000 >= $grace;
  last if ($now - $start) * 1000 >= $limit;
  select(undef, undef, undef, 0.002);
}
printf "%d %d %d %d %d %.3f\n", $_->[0], $_->[1], $copies, $got[$_->[0]][$_->[1]] // 0, $_->[3], $fastest[$_->[0]][$_->[1]] // -1 for @flow;
`;

/** Whether the links behave as the cuts say, and how that was seen. */
export function judgeLinks(
  links: readonly Link[],
  dropped: (from: NodeId, to: NodeId) => boolean,
): { took: boolean; how: string } {
  const closed = links.filter(({ from, to }) => dropped(from, to));
  const open = links.filter(({ from, to }) => !dropped(from, to));
  const leaking = closed.filter(({ datagrams, connected }) => datagrams > 0 || connected);
  const dead = open.filter(
    ({ from, to, datagrams, connected }) => datagrams === 0 || (!connected && !dropped(to, from)),
  );
  const count = (chosen: readonly Link[]): string =>
    `${total(chosen, 'datagrams')} of ${total(chosen, 'sent')} datagrams and ${chosen.filter((link) => link.connected).length} TCP handshakes`;
  const parts: string[] = [];
  if (closed.length > 0) parts.push(`${count(closed)} crossed ${spell(closed)}`);
  if (open.length > 0) parts.push(`${count(open)} crossed the ${open.length} open links`);
  if (leaking.length > 0) parts.push(`still open: ${spell(leaking)}`);
  if (dead.length > 0) parts.push(`dead though not cut: ${spell(dead)}`);
  return { took: leaking.length === 0 && dead.length === 0, how: parts.join('; ') };
}

const total = (links: readonly Link[], field: 'datagrams' | 'sent'): number =>
  links.reduce((sum, link) => sum + link[field], 0);

/** Whether what the slowed nodes send takes its time, and what the others send does not wait for it. */
export function judgeDelays(
  links: readonly Link[],
  slowest: (from: NodeId) => { readonly atLeastMs: number } | undefined,
): { took: boolean; how: string } {
  const arrived = links.filter((link): link is Link & { latencyMs: number } => link.latencyMs !== undefined);
  const wrong = arrived.filter(({ from, latencyMs }) => latencyMs < (slowest(from)?.atLeastMs ?? 0));
  const senders = [...new Set(arrived.map(({ from }) => from))];
  const times = senders.map((sender) => {
    const own = arrived.filter(({ from }) => from === sender).map(({ latencyMs }) => latencyMs);
    return `${sender} ${Math.min(...own).toFixed(1)}`;
  });
  return {
    took: wrong.length === 0 && arrived.length > 0,
    how: `fastest datagram to another node, in ms: ${times.join(', ')}${wrong.length === 0 ? '' : `; too fast: ${spell(wrong)}`}`,
  };
}

function spell(links: readonly Link[]): string {
  const names = links.map(({ from, to }) => `${from}→${to}`);
  return names.length <= 6 ? names.join(' ') : `${names.slice(0, 5).join(' ')} … (${names.length} links)`;
}
