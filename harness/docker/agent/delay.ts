/**
 * A slow network without help from the kernel's traffic control, which many kernels lack: what a node sends to other
 * nodes is handed to a small daemon (NFQUEUE), which holds each packet for its time and lets it go.
 *
 * The surprise: it fails open. The rule says "queue, if somebody listens", so a daemon that dies takes the delay with it
 * and not the network. Packets keep their order; TCP would take a changed order for loss.
 */
import { execa } from 'execa';
import type { Nanos } from '../../core/types.ts';

export interface Delay {
  readonly mean: Nanos;
  /** Drawn uniformly from mean ± jitter. */
  readonly jitter: Nanos;
}

/** The number of our queue; each network namespace has its own. */
export const queueNumber = 7;

export interface Delayer {
  /** Lets everything go that is held, and ends. */
  stop(): Promise<void>;
}

/** Resolves when packets are taken in; from then on the rule may be laid. */
export async function startDelayer(namespace: readonly string[], { mean, jitter }: Delay): Promise<Delayer> {
  const [program = 'nsenter', ...args] = namespace;
  const daemon = execa(
    program,
    [...args, 'perl', '-e', script, String(queueNumber), String(mean / 1e9), String(jitter / 1e9)],
    {
      stdin: 'pipe',
      stdout: 'pipe',
      reject: false,
      buffer: { stdout: false },
    },
  );
  await new Promise<void>((resolve, reject) => {
    daemon.stdout.once('data', () => resolve());
    void daemon.then(({ stderr, shortMessage }) =>
      reject(new Error(stderr?.split('\n')[0] || shortMessage || 'it ended')),
    );
  });
  return {
    async stop() {
      // It ends when its input does, which is also what happens when we die.
      daemon.stdin.end();
      await daemon;
    },
  };
}

// Netlink by hand: messages of nfnetlink_queue, as in linux/netfilter/nfnetlink_queue.h.
const script = String.raw`
use strict; use Socket; use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my ($queue, $mean, $jitter) = @ARGV;
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
configure(attribute(2, pack('NC', 0, 1)) . attribute(3, pack('N', 100000))  # meta data only; room
  . attribute(5, pack('N', 5)) . attribute(4, pack('N', 5)));               # fail open, large packets whole
$| = 1; print "ready\n";
my (@held, $last);
sub release { message(3, 1, attribute(2, pack('NN', 1, $_[0]))) }           # accept all up to this one
my $wanted = ''; vec($wanted, fileno($s), 1) = 1; vec($wanted, fileno(STDIN), 1) = 1;
while (1) {
  my $now = clock_gettime(CLOCK_MONOTONIC); my $upto;
  while (@held && $held[0][0] <= $now) { $upto = (shift @held)->[1] }
  release($upto) if defined $upto;
  my $wait = @held ? $held[0][0] - clock_gettime(CLOCK_MONOTONIC) : undef;
  $wait = 0 if defined $wait && $wait < 0;
  next if select(my $ready = $wanted, undef, undef, $wait) <= 0;
  last if vec($ready, fileno(STDIN), 1);
  while (defined recv($s, my $bytes, 65536, 0x40)) {                        # MSG_DONTWAIT
    $now = clock_gettime(CLOCK_MONOTONIC);
    for (my $at = 0; $at + 16 <= length $bytes;) {
      my ($length, $type) = unpack('LS', substr($bytes, $at, 6)); last if $length < 16;
      my $end = $at + $length;
      if (($type & 255) == 0 && $type >> 8 == 3) {
        for (my $a = $at + 20; $a + 4 <= $end;) {
          my ($n, $t) = unpack('SS', substr($bytes, $a, 4)); last if $n < 4;
          if (($t & 0x3fff) == 1) {
            my $due = $now + $mean + $jitter * (2 * rand() - 1); $due = $last if defined $last && $due < $last;
            push @held, [$last = $due, unpack('N', substr($bytes, $a + 4, 4))]; last }
          $a += ($n + 3) & ~3 } }
      $at += ($length + 3) & ~3 } }
}
release($held[-1][1]) if @held;
`;
