/**
 * What becomes of packets without help from the kernel's traffic control, which many kernels lack: what a node sends to
 * other nodes is handed to a small daemon (NFQUEUE), which keeps each packet for its time and lets it go.
 *
 * The surprise: it fails open. The rule says "queue, if somebody listens", so a daemon that dies takes the fault with it
 * and not the network.
 */
import { createInterface } from 'node:readline';
import { execa } from 'execa';

/** What it does to packets; times in seconds. */
export interface Handling {
  /** Each waits for mean ± jitter, drawn uniformly, and keeps its order: TCP would take a changed order for loss. */
  readonly mean: number;
  readonly jitter: number;
  /** This share waits for `by` longer, and is overtaken. */
  readonly share: number;
  readonly by: number;
  /** Bytes a second; 0 for no bound. What would wait for more than a second is dropped, as a full buffer does. */
  readonly rate: number;
  /** Addresses for which everything waits until they are no longer named. */
  readonly held: readonly string[];
}

/** The number of our queue; each network namespace has its own. */
export const queueNumber = 7;

export interface QueueDaemon {
  /** What it does from now on; returns how many packets that were held have gone on by this. */
  handle(handling: Handling): Promise<number>;
  /** Lets everything go that waits, in its order, and ends. Returns how many that were. */
  stop(): Promise<number>;
}

/** Resolves when packets are taken in; from then on the rule may be laid. */
export async function startQueue(namespace: readonly string[], handling: Handling): Promise<QueueDaemon> {
  const [program = 'nsenter', ...args] = namespace;
  const daemon = execa(program, [...args, 'perl', '-e', script, String(queueNumber)], {
    stdin: 'pipe',
    stdout: 'pipe',
    reject: false,
    buffer: { stdout: false },
  });
  const ended = daemon.then(({ stderr, shortMessage }) => stderr?.split('\n')[0] || shortMessage || 'it ended');
  const asked: ((released: number) => void)[] = [];
  createInterface({ input: daemon.stdout }).on('line', (line) => asked.shift()?.(Number(line)));
  daemon.stdin.on('error', () => {});
  const answer = (): Promise<number> =>
    new Promise((resolve, reject) => {
      asked.push(resolve);
      void ended.then((why) => reject(new Error(why)));
    });
  const handle = ({ mean, jitter, share, by, rate, held }: Handling): Promise<number> => {
    const told = answer();
    daemon.stdin.write(`${[mean, jitter, share, by, rate, ...held].join(' ')}\n`);
    return told;
  };
  await handle(handling);
  return {
    handle,
    async stop() {
      // It ends when its input does, which is also what happens when we die.
      const released = answer().catch(() => 0);
      daemon.stdin.end();
      await ended;
      return released;
    },
  };
}

// Netlink by hand: messages of nfnetlink_queue, as in linux/netfilter/nfnetlink_queue.h.
const script = String.raw`
use strict; use Socket; use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my ($queue) = @ARGV; my $most = 50000;
socket(my $s, 16, 3, 12) or die "no nfnetlink: $!\n";                       # AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER
bind($s, pack('SSLL', 16, 0, 0, 0)) or die "bind: $!\n";
setsockopt($s, SOL_SOCKET, 33, pack('i', 8 << 20));                         # SO_RCVBUFFORCE
setsockopt($s, 270, 5, pack('i', 1));                                       # NETLINK_NO_ENOBUFS
sub attribute { my ($type, $bytes) = @_; my $n = 4 + length $bytes; pack('SS', $n, $type) . $bytes . "\0" x (-$n & 3) }
sub message { my ($kind, $flags, $body) = @_;
  my $m = pack('CCn', 0, 0, $queue) . $body;
  send($s, pack('LSSLL', 16 + length $m, 3 << 8 | $kind, $flags, 0, 0) . $m, 0) or die "send: $!\n" }
sub configure { message(2, 5, $_[0]);                                       # with acknowledgement
  recv($s, my $r, 8192, 0); my ($len, $type, $f, $q, $p, $error) = unpack('LSSLLl', $r);
  if ($type == 2 && $error) { $! = -$error; die "no NFQUEUE in this kernel: $!\n" } }
configure(attribute(1, pack('CCn', 1, 0, 2)));                              # bind
configure(attribute(2, pack('NC', 20, 2)) . attribute(3, pack('N', 2 * $most)) # the IP header; room
  . attribute(5, pack('N', 1)) . attribute(4, pack('N', 1)));               # fail open
$| = 1;
my ($mean, $jitter, $share, $by, $rate, %held, %waiting, @timed, $last, $busy); my $count = 0;
sub verdict { message(1, 1, attribute(2, pack('NN', $_[1], $_[0]))) }       # 1 lets it go, 0 drops it
sub take { my ($id, $to, $bytes, $now) = @_;
  if ($held{$to}) { return verdict($id, 0) if $count >= $most; $count++; push @{$waiting{$to}}, $id; return }
  my $due = $now;
  if ($rate) { $busy = $now unless defined $busy && $busy > $now;
    return verdict($id, 0) if $busy - $now > 1;
    $due = $busy += $bytes / $rate }
  $due += $mean + $jitter * (2 * rand() - 1);
  if ($share && rand() < $share) { $due += $by }
  else { $due = $last if defined $last && $due < $last; $last = $due }
  my $at = @timed; $at-- while $at && $timed[$at - 1][0] > $due;
  splice @timed, $at, 0, [$due, $id] }
sub handle { my @addresses; ($mean, $jitter, $share, $by, $rate, @addresses) = split ' ', $_[0];
  %held = map { $_ => 1 } @addresses; $last = undef; my $gone = 0;
  for my $to (grep { !$held{$_} } keys %waiting) { for my $id (@{delete $waiting{$to}}) { verdict($id, 1); $gone++ } }
  $count -= $gone; print "$gone\n" }
my $wanted = ''; vec($wanted, fileno($s), 1) = 1; vec($wanted, fileno(STDIN), 1) = 1; my $orders = '';
while (1) {
  my $now = clock_gettime(CLOCK_MONOTONIC);
  verdict((shift @timed)->[1], 1) while @timed && $timed[0][0] <= $now;
  my $wait = @timed ? $timed[0][0] - clock_gettime(CLOCK_MONOTONIC) : undef;
  $wait = 0 if defined $wait && $wait < 0;
  next if select(my $ready = $wanted, undef, undef, $wait) <= 0;
  if (vec($ready, fileno(STDIN), 1)) { last unless sysread(STDIN, $orders, 65536, length $orders);
    handle($1) while $orders =~ s/^(.*)\n// }
  while (defined recv($s, my $bytes, 65536, 0x40)) {                        # MSG_DONTWAIT
    $now = clock_gettime(CLOCK_MONOTONIC);
    for (my $at = 0; $at + 16 <= length $bytes;) {
      my ($length, $type) = unpack('LS', substr($bytes, $at, 6)); last if $length < 16;
      my $end = $at + $length;
      if (($type & 255) == 0 && $type >> 8 == 3) {
        my ($id, $to, $size) = (undef, '', 0);
        for (my $a = $at + 20; $a + 4 <= $end;) {
          my ($n, $t) = unpack('SS', substr($bytes, $a, 4)); last if $n < 4;
          $t &= 0x3fff;
          if ($t == 1) { $id = unpack('N', substr($bytes, $a + 4, 4)) }
          if ($t == 10 && $n >= 24) { $size = unpack('n', substr($bytes, $a + 6, 2)); $to = inet_ntoa(substr($bytes, $a + 20, 4)) }
          $a += ($n + 3) & ~3 }
        take($id, $to, $size, $now) if defined $id }
      $at += ($length + 3) & ~3 } }
}
my $left = $count; verdict($_->[1], 1) for @timed;
for my $to (keys %waiting) { verdict($_, 1) for @{$waiting{$to}} }
print "$left\n";
`;
