/**
 * Disks that are slow or fail, for programs that know nothing of it: a small tracer (ptrace) stands between a node's
 * processes and the kernel, lets each sync wait and answers some of them itself, with EIO and without syncing.
 *
 * The surprise: it fails open. When the tracer ends, however it does, the kernel lets its processes go and they run on as
 * before. While it stands every system call of theirs takes some microseconds longer. x86-64 only.
 */
import { createInterface } from 'node:readline';
import { execa } from 'execa';

export interface SyncHandling {
  /** Seconds that every sync waits before it begins. */
  readonly delay: number;
  /** Share of all syncs that fail. */
  readonly share: number;
}

/** Counted since the tracer began. */
export interface SyncCounts {
  /** Threads in its hands. */
  readonly threads: number;
  readonly syncs: number;
  readonly failed: number;
}

export interface SyncTracer {
  handle(handling: SyncHandling): Promise<SyncCounts>;
  stop(): Promise<void>;
}

/** Resolves when all threads of these processes are traced; those that they make later are too. */
export async function traceSyncs(pids: readonly number[], handling: SyncHandling): Promise<SyncTracer> {
  if (process.arch !== 'x64') throw new Error(`syncs are traced on x86-64 only, and this is ${process.arch}`);
  const tracer = execa('perl', ['-e', script, ...pids.map(String)], {
    stdin: 'pipe',
    stdout: 'pipe',
    reject: false,
    buffer: { stdout: false },
  });
  const ended = tracer.then(({ stderr, shortMessage }) => stderr?.split('\n')[0] || shortMessage || 'it ended');
  const asked: ((counts: SyncCounts) => void)[] = [];
  createInterface({ input: tracer.stdout }).on('line', (line) => {
    const [threads = 0, syncs = 0, failed = 0] = line.split(' ').map(Number);
    asked.shift()?.({ threads, syncs, failed });
  });
  tracer.stdin.on('error', () => {});
  const handle = ({ delay, share }: SyncHandling): Promise<SyncCounts> =>
    new Promise((resolve, reject) => {
      asked.push(resolve);
      void ended.then((why) => reject(new Error(`the tracer of syncs has ended: ${why}`)));
      tracer.stdin.write(`${delay} ${share}\n`);
    });
  await handle(handling);
  return {
    handle,
    async stop() {
      tracer.stdin.end();
      await ended;
    },
  };
}

// ptrace(2) by hand, with the numbers of x86-64. Threads are seized, not attached to, so that a process that a nemesis
// stops stays stopped (LISTEN).
const script = String.raw`
use strict; use Errno qw(ESRCH ECHILD); use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my ($SYSCALL, $SEIZE, $INTERRUPT, $LISTEN, $INFO, $POKE) = (24, 0x4206, 0x4207, 0x4208, 0x420e, 6);
my %sync = map { $_ => 1 } 74, 75, 277, 306, 162, 26;       # fsync fdatasync sync_file_range syncfs sync msync
my ($delay, $share, $syncs, $failed, %traced, %failing, @held) = (0, 0, 0, 0);
$| = 1; $SIG{CHLD} = sub {};
sub ptrace { syscall(101, $_[0] + 0, $_[1] + 0, $_[2] + 0, $_[3]) }    # the last may be written to
sub go { ptrace($SYSCALL, $_[0], 0, ($_[1] // 0) + 0) }
sub seize { my ($tid) = @_; return if $traced{$tid};
  if (ptrace($SEIZE, $tid, 0, 1 | 2 | 4 | 8 | 16) < 0) { return if $! == ESRCH; die "ptrace: $!\n" }
  $traced{$tid} = 1; ptrace($INTERRUPT, $tid, 0, 0) }
for my $pid (@ARGV) { for (1 .. 3) { seize($_) for map { m{(\d+)$} } glob "/proc/$pid/task/*" } }
sub enter { my ($tid) = @_; $syncs++;
  if ($share && rand() < $share) { $failing{$tid} = 1; $failed++; ptrace($POKE, $tid, 120, -1) }
  return go($tid) unless $delay;
  my $due = clock_gettime(CLOCK_MONOTONIC) + $delay;
  my $at = @held; $at-- while $at && $held[$at - 1][0] > $due; splice @held, $at, 0, [$due, $tid] }
sub stopped { my ($tid, $signal, $event) = @_;
  $traced{$tid} = 1;
  if ($event == 128) { return $signal >= 19 && $signal <= 22 ? ptrace($LISTEN, $tid, 0, 0) : go($tid) }
  return go($tid) if $event;
  return go($tid, $signal) if $signal != (5 | 0x80);
  my $info = "\0" x 88; ptrace($INFO, $tid, 88, $info);
  my $op = unpack('C', $info);
  return enter($tid) if $op == 1 && $sync{unpack('Q', substr($info, 24, 8))};
  ptrace($POKE, $tid, 80, -5) if $op == 2 && delete $failing{$tid};
  go($tid) }
my $wanted = ''; vec($wanted, fileno(STDIN), 1) = 1; my ($orders, $until) = ('');
while (1) {
  my $now = clock_gettime(CLOCK_MONOTONIC);
  go((shift @held)->[1]) while @held && ($held[0][0] <= $now || defined $until);
  last if defined $until && ($now > $until || !%failing);
  my $status = pack('i', 0); my $tid = syscall(61, -1, $status, 0x40000001, 0);   # wait4, WNOHANG and __WALL
  if ($tid > 0) { my $word = unpack('i', $status);
    if (($word & 0x7f) == 0x7f) { stopped($tid, ($word >> 8) & 0xff, $word >> 16) }
    else { delete $traced{$tid}; delete $failing{$tid}; @held = grep { $_->[1] != $tid } @held }
    next }
  next if select(my $ready = $wanted, undef, undef, 0.002) <= 0;
  next if defined $until;
  if (!sysread(STDIN, $orders, 4096, length $orders)) { ($delay, $share) = (0, 0); $until = $now + 0.5; next }
  while ($orders =~ s/^(\S+) (\S+)\n//) { ($delay, $share) = ($1 + 0, $2 + 0); printf "%d %d %d\n", scalar keys %traced, $syncs, $failed }
}
`;
