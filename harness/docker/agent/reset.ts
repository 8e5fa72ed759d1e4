/**
 * Breaks a node's TCP connections where the kernel keeps them: both ends are told so by a reset, at once, idle or not.
 * Connections that listen stay.
 *
 * The proof is a connection of our own from one end of the node's loopback to the other, which must be broken too.
 */
import { execa } from 'execa';

/** How many were broken, and whether ours was among them. */
export async function breakConnections(namespace: readonly string[]): Promise<{ broken: number; proven: boolean }> {
  const [program = 'nsenter', ...args] = namespace;
  const { stdout } = await execa(program, [...args, 'perl', '-e', script]);
  const [broken = 0, proven = 0] = stdout.split(' ').map(Number);
  return { broken: Math.max(0, broken - 2), proven: proven === 1 };
}

// `ss -K` asks the kernel (INET_DIAG_DESTROY). It lists what it has destroyed, of our own connection both ends.
const script = String.raw`
use strict; use Socket;
socket(my $door, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
bind($door, sockaddr_in(0, INADDR_LOOPBACK)) && listen($door, 1) or die "listen: $!\n";
my ($port) = sockaddr_in(getsockname($door));
socket(my $here, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
connect($here, sockaddr_in($port, INADDR_LOOPBACK)) or die "connect: $!\n";
accept(my $there, $door) or die "accept: $!\n";
my @gone = grep { /:/ } qx(ss -H -n -K -t state established 2>/dev/null);
my $wanted = ''; vec($wanted, fileno($here), 1) = 1;
my $broken = 0;
if (select($wanted, undef, undef, 1) > 0) { my $got = sysread($here, my $byte, 1); $broken = 1 unless $got }
printf "%d %d\n", scalar @gone, $broken;
`;
