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
  /** Of the datagrams sent, how many came, each counted once. */
  readonly datagrams: number;
  readonly sent: number;
  /** Came again. */
  readonly twice: number;
  /** Came after one that was sent later. */
  readonly late: number;
  /** Milliseconds from the first that came to the last. */
  readonly spanMs: number;
  /** How long the fastest of them took, in milliseconds; absent where none came. */
  readonly latencyMs?: number;
  /** Whether a TCP handshake was completed, which needs both directions. */
  readonly connected: boolean;
}

const setns: Partial<Record<string, number>> = { x64: 308, arm64: 268 };

/** What to send over each link, and how long to wait. */
export interface Shots {
  readonly copies: number;
  /** Bytes of each, without headers. */
  readonly bytes: number;
  readonly graceMs: number;
  readonly limitMs: number;
}

/**
 * @param expected of each link: 0 nothing, 1 datagrams, 2 connections too. The probe returns once these have come and
 *   the others have had `graceMs` to do so too, or at the latest after `limitMs`.
 */
export async function probe(
  nodes: readonly { readonly id: NodeId; readonly pid: number; readonly address: string }[],
  expected: (from: NodeId, to: NodeId) => 0 | 1 | 2,
  { copies = 3, bytes = 64, graceMs = 25, limitMs = 1000 }: Partial<Shots> = {},
): Promise<Link[]> {
  const input = [`${setns[process.arch]} ${graceMs} ${limitMs} ${copies} ${bytes}`];
  for (const { pid, address } of nodes) input.push(`${pid} ${address}`);
  for (const { id: from } of nodes) input.push(nodes.map(({ id: to }) => expected(from, to)).join(' '));
  const { stdout } = await execa('perl', ['-e', script], { input: input.join('\n') });
  const links: Link[] = [];
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [from = 0, to = 0, datagrams = 0, twice = 0, late = 0, spanMs = 0, connected = 0, latencyMs = -1] = line
      .split(' ')
      .map(Number);
    const [sender, receiver] = [nodes[from], nodes[to]];
    if (sender === undefined || receiver === undefined) throw new Error(`the probe spoke of a node unknown: ${line}`);
    const link = {
      ...{ from: sender.id, to: receiver.id, sent: copies, datagrams, twice, late, spanMs },
      connected: connected === 1,
    };
    links.push(latencyMs < 0 ? link : { ...link, latencyMs });
  }
  return links;
}

// Input: "SETNS GRACE LIMIT COPIES BYTES", then a line "PID ADDRESS" a node, then a line a sender of what is expected of
// each receiver. A refused connection counts as made: a packet came back.
const script = String.raw`
use strict; use Socket; use Fcntl; use Time::HiRes qw(time); use Errno qw(EINPROGRESS ECONNREFUSED);
my $port = 7499;
my ($setns, $grace, $limit, $copies, $bytes) = split ' ', <STDIN>;
my (@nodes, @expected);
while (<STDIN>) { chomp; /\./ ? push(@nodes, [split ' ']) : push(@expected, [split ' ']) }
my (@udp, @flow, @got, @twice, @late, @newest, @seen, @first, @final, @fastest);
sub nonblocking { fcntl($_[0], F_SETFL, fcntl($_[0], F_GETFL, 0) | O_NONBLOCK) or die "fcntl: $!" }
sub enter { open(my $ns, '<', "/proc/$_[0]/ns/net") or die "namespace of $_[0]: $!";
  syscall($setns, fileno($ns), 0x40000000) == 0 or die "setns: $!" }
for my $x (0 .. $#nodes) {
  enter($nodes[$x][0]);
  socket(my $u, PF_INET, SOCK_DGRAM, 0) or die "socket: $!";
  setsockopt($u, SOL_SOCKET, SO_REUSEADDR, 1); setsockopt($u, SOL_SOCKET, 33, 16 << 20); # SO_RCVBUFFORCE
  setsockopt($u, SOL_SOCKET, 32, 16 << 20);                                 # SO_SNDBUFFORCE
  bind($u, sockaddr_in($port, inet_aton($nodes[$x][1]))) or die "bind $nodes[$x][1]: $!"; nonblocking($u);
  push @udp, $u;
}
for my $x (0 .. $#nodes) {
  enter($nodes[$x][0]);
  for my $y (0 .. $#nodes) { next if $x == $y;
    my $to = sockaddr_in($port, inet_aton($nodes[$y][1]));
    socket(my $t, PF_INET, SOCK_STREAM, 0) or die "socket: $!"; nonblocking($t);
    connect($t, $to) or $! == EINPROGRESS or $! == ECONNREFUSED or 1;
    push @flow, [$x, $y, $t, $! == ECONNREFUSED ? 1 : 0];
  }
}
# Who listens meanwhile loses nothing: a burst that waited for us would overflow where it arrives. What an earlier probe
# sent may come only now, and is not ours.
sub hear { for my $u (@udp) { while (defined recv($u, my $m, 65536, 0)) {
  my ($x, $y, $t, $n, $of) = split ' ', $m; next if $of != $$; my $now = time; my $took = ($now - $t) * 1000;
  if ($seen[$x][$y]{$n}++) { $twice[$x][$y]++; next }
  $got[$x][$y]++; $first[$x][$y] //= $now; $final[$x][$y] = $now;
  if (defined $newest[$x][$y] && $n < $newest[$x][$y]) { $late[$x][$y]++ } else { $newest[$x][$y] = $n }
  $fastest[$x][$y] = $took unless defined $fastest[$x][$y] && $fastest[$x][$y] < $took } } }
for my $n (1 .. $copies) { for my $f (@flow) { my ($x, $y) = @$f;
  my $text = "$x $y " . time . " $n $$ "; $text .= 'x' x ($bytes - length $text) if $bytes > length $text;
  send($udp[$x], $text, 0, sockaddr_in($port, inet_aton($nodes[$y][1]))) } hear() if $n % 16 == 0 }
my $start = time; my $settled;
while (1) {
  hear();
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
printf "%d %d %d %d %d %.3f %d %.3f\n", $_->[0], $_->[1], $got[$_->[0]][$_->[1]] // 0, $twice[$_->[0]][$_->[1]] // 0,
  $late[$_->[0]][$_->[1]] // 0, (($final[$_->[0]][$_->[1]] // 0) - ($first[$_->[0]][$_->[1]] // 0)) * 1000, $_->[3],
  $fastest[$_->[0]][$_->[1]] // -1 for @flow;
`;
