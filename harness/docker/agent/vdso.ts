/**
 * Bends the wall clock of one running process, whatever it is written in: its private copy of the vDSO (the page through
 * which programs read the time without a system call) is overwritten through /proc/PID/mem with code that asks the
 * kernel and then adds an offset.
 *
 * The surprise: monotonic clocks stay true, since only CLOCK_REALTIME and its coarse sister get the offset; and a new
 * program (exec, restart) has a fresh vDSO, so the patch must be put on again. x86-64 only. The machine's own clock,
 * which is every container's, is never touched.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGone, isStopped, settled, signal, stateOf } from './processes.ts';

/** The functions that tell wall time, by their names in the vDSO. */
export const patchedFunctions = ['__vdso_clock_gettime', '__vdso_gettimeofday', '__vdso_time'] as const;
type FunctionName = (typeof patchedFunctions)[number];

export interface Stub {
  readonly code: Buffer;
  /** Where the words of the offset lie, counted from the start of the code: behind it. */
  readonly seconds: number;
  /** What is added below the second: nanoseconds, or microseconds for gettimeofday; time(2) has none. */
  readonly fraction?: number;
  /** Code and words together. */
  readonly length: number;
}

/** Machine code, and what jumps and displacements in it refer to: labels are numbers given by position. */
type Piece =
  | readonly number[]
  | { readonly label: string }
  | { readonly jump: number; readonly to: string }
  | {
      readonly load: readonly number[];
      readonly word: 'seconds' | 'fraction';
    };

const billion = [0x00, 0xca, 0x9a, 0x3b];
const million = [0x40, 0x42, 0x0f, 0x00];
const [jumpIfZero, jumpIfNotZero, jumpIfLess] = [0x74, 0x75, 0x7c];
const systemCall = [0x0f, 0x05];

/** Adds seconds and fraction to the pair at [address], carrying over; `rdx` is free to use. Both words are positive. */
const addToPair = (bound: readonly number[], address: 'rsi' | 'rdi'): Piece[] => {
  const register = address === 'rsi' ? 6 : 7;
  return [
    { load: [0x48, 0x8b, 0x15], word: 'seconds' }, //           mov rdx, seconds
    [0x48, 0x01, 0x10 | register], //                           add [address], rdx
    { load: [0x48, 0x8b, 0x15], word: 'fraction' }, //          mov rdx, fraction
    [0x48, 0x03, 0x50 | register, 0x08], //                     add rdx, [address+8]
    [0x48, 0x81, 0xfa, ...bound], //                            cmp rdx, bound
    { jump: jumpIfLess, to: 'store' },
    [0x48, 0x81, 0xea, ...bound], //                            sub rdx, bound
    [0x48, 0xff, register], //                                  inc qword [address]
    { label: 'store' },
    [0x48, 0x89, 0x50 | register, 0x08], //                     mov [address+8], rdx
  ];
};

/** What takes the place of each function. */
export const stubs: Readonly<Record<FunctionName, Stub>> = {
  // clock_gettime(edi = clock, rsi = timespec)
  __vdso_clock_gettime: assemble([
    [0xb8, 228, 0, 0, 0], //                                    mov eax, SYS_clock_gettime
    systemCall,
    [0x85, 0xc0], //                                            test eax, eax
    { jump: jumpIfNotZero, to: 'out' },
    [0x85, 0xff], //                                            test edi, edi: CLOCK_REALTIME is 0
    { jump: jumpIfZero, to: 'add' },
    [0x83, 0xff, 0x05], //                                      cmp edi, CLOCK_REALTIME_COARSE
    { jump: jumpIfNotZero, to: 'out' },
    { label: 'add' },
    ...addToPair(billion, 'rsi'),
    { label: 'out' },
    [0xc3], //                                                  ret
  ]),
  // gettimeofday(rdi = timeval or null, rsi = zone)
  __vdso_gettimeofday: assemble([
    [0xb8, 96, 0, 0, 0], //                                     mov eax, SYS_gettimeofday
    systemCall,
    [0x85, 0xc0], //                                            test eax, eax
    { jump: jumpIfNotZero, to: 'out' },
    [0x48, 0x85, 0xff], //                                      test rdi, rdi
    { jump: jumpIfZero, to: 'out' },
    ...addToPair(million, 'rdi'),
    { label: 'out' },
    [0xc3], //                                                  ret
  ]),
  // time(rdi = time_t or null): the seconds come back in rax, and into [rdi]
  __vdso_time: assemble([
    [0x57], //                                                  push rdi
    [0x31, 0xff], //                                            xor edi, edi
    [0xb8, 201, 0, 0, 0], //                                    mov eax, SYS_time
    systemCall,
    [0x5f], //                                                  pop rdi
    { load: [0x48, 0x03, 0x05], word: 'seconds' }, //           add rax, seconds
    [0x48, 0x85, 0xff], //                                      test rdi, rdi
    { jump: jumpIfZero, to: 'out' },
    [0x48, 0x89, 0x07], //                                      mov [rdi], rax
    { label: 'out' },
    [0xc3], //                                                  ret
  ]),
};

/** Two passes: sizes give the labels, labels give the displacements. The words lie behind the code, aligned. */
function assemble(pieces: readonly Piece[]): Stub {
  const sizeOf = (piece: Piece): number =>
    'label' in piece ? 0 : 'jump' in piece ? 2 : 'load' in piece ? piece.load.length + 4 : piece.length;
  const labels = new Map<string, number>();
  let at = 0;
  for (const piece of pieces) {
    if ('label' in piece) labels.set(piece.label, at);
    at += sizeOf(piece);
  }
  const words = Math.ceil(at / 8) * 8;
  const places = { seconds: words, fraction: words + 8 };
  const code = Buffer.alloc(words, 0x90);
  at = 0;
  let hasFraction = false;
  for (const piece of pieces) {
    const end = at + sizeOf(piece);
    if ('jump' in piece) {
      const target = labels.get(piece.to);
      if (target === undefined) throw new Error(`no label ${piece.to}`);
      code.writeUInt8(piece.jump, at);
      code.writeInt8(target - end, at + 1);
    } else if ('load' in piece) {
      Buffer.from(piece.load).copy(code, at);
      code.writeInt32LE(places[piece.word] - end, end - 4);
      hasFraction ||= piece.word === 'fraction';
    } else if (!('label' in piece)) {
      Buffer.from(piece).copy(code, at);
    }
    at = end;
  }
  return hasFraction ? { code, ...places, length: words + 16 } : { code, seconds: places.seconds, length: words + 8 };
}

/** An offset as the stubs want it: whole seconds rounded down, the rest positive. */
export function split(offset: bigint): { seconds: bigint; nanoseconds: bigint } {
  let seconds = offset / 1_000_000_000n;
  let nanoseconds = offset % 1_000_000_000n;
  if (nanoseconds < 0n) {
    nanoseconds += 1_000_000_000n;
    seconds -= 1n;
  }
  return { seconds, nanoseconds };
}

/** The dynamic symbols of a 64-bit ELF image: where each function begins, and how long it is. */
function symbolsOf(image: Buffer): ReadonlyMap<string, { readonly offset: number; readonly size: number }> {
  const symbols = new Map<string, { offset: number; size: number }>();
  const u64 = (at: number): number => Number(image.readBigUInt64LE(at));
  const sections = u64(0x28);
  const sectionSize = image.readUInt16LE(0x3a);
  for (let index = 0; index < image.readUInt16LE(0x3c); index++) {
    const section = sections + index * sectionSize;
    if (image.readUInt32LE(section + 4) !== 11) continue; // SHT_DYNSYM
    const [start, size] = [u64(section + 0x18), u64(section + 0x20)];
    const strings = u64(sections + image.readUInt32LE(section + 0x28) * sectionSize + 0x18);
    for (let symbol = start; symbol < start + size; symbol += 24) {
      const name = strings + image.readUInt32LE(symbol);
      symbols.set(image.toString('latin1', name, image.indexOf(0, name)), {
        offset: u64(symbol + 8),
        size: u64(symbol + 16),
      });
    }
  }
  return symbols;
}

/**
 * Sets the offset of one process's wall clock, in nanoseconds, and reads it back.
 * @throws where the process is gone, the machine is not x86-64, or the vDSO is not laid out as it must be
 */
export async function setClockOffset(pid: number, offset: bigint): Promise<{ readBack: bigint }> {
  if (process.arch !== 'x64') throw new Error(`the clock is bent by x86-64 code, and this is ${process.arch}`);
  const { low, high } = vdsoRange(pid);
  const memory = openSync(`/proc/${pid}/mem`, 'r+');
  try {
    const image = read(memory, low, high - low);
    const places = placesFor(symbolsOf(image));
    const fresh = places.filter(({ stub, offset: at }) => !image.subarray(at, at + stub.code.length).equals(stub.code));
    const writeWords = (): void => {
      const { seconds, nanoseconds } = split(offset);
      for (const { name, stub, offset: at } of places) {
        const words = Buffer.alloc(stub.length - stub.code.length);
        words.writeBigInt64LE(seconds, 0);
        if (stub.fraction !== undefined) {
          words.writeBigInt64LE(name === '__vdso_gettimeofday' ? nanoseconds / 1000n : nanoseconds, 8);
        }
        write(memory, words, low + at + stub.code.length);
      }
    };
    if (fresh.length === 0) writeWords();
    else {
      // Nobody may be in the middle of the old code when it turns into other code.
      await whileOutside(pid, low, high, () => {
        for (const { stub, offset: at } of fresh) write(memory, stub.code, low + at);
        writeWords();
      });
    }
    const clock = places[0];
    if (clock?.stub.fraction === undefined) throw new Error('this vDSO has no clock_gettime');
    const words = read(memory, low + clock.offset + clock.stub.seconds, 16);
    return { readBack: words.readBigInt64LE(0) * 1_000_000_000n + words.readBigInt64LE(8) };
  } finally {
    closeSync(memory);
  }
}

/** Where each stub goes; refuses a vDSO in which one would run into the next function. */
export function placesFor(
  symbols: ReadonlyMap<string, { readonly offset: number; readonly size: number }>,
): { name: FunctionName; stub: Stub; offset: number }[] {
  const starts = [...symbols.values()].map(({ offset }) => offset);
  return patchedFunctions.flatMap((name) => {
    const symbol = symbols.get(name);
    if (symbol === undefined) return [];
    const stub = stubs[name];
    const room = Math.min(...starts.filter((start) => start > symbol.offset), Number.POSITIVE_INFINITY) - symbol.offset;
    if (stub.length > room)
      throw new Error(`${name} has ${room} bytes in this kernel's vDSO, ${stub.length} are needed`);
    return [{ name, stub, offset: symbol.offset }];
  });
}

function vdsoRange(pid: number): { low: number; high: number } {
  const line = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .find((text) => text.endsWith('[vdso]'));
  const match = /^([0-9a-f]+)-([0-9a-f]+)/.exec(line ?? '');
  if (match === null) throw new Error(`process ${pid} has no vDSO`);
  // User addresses are below 2^53, so plain numbers hold them.
  return { low: Number.parseInt(match[1] as string, 16), high: Number.parseInt(match[2] as string, 16) };
}

async function whileOutside(pid: number, low: number, high: number, action: () => void): Promise<void> {
  const slept = isStopped(stateOf(pid));
  for (let attempt = 0; attempt < 100; attempt++) {
    signal(pid, 'SIGSTOP');
    await settled([pid], (state) => isStopped(state) || isGone(state));
    try {
      if (isGone(stateOf(pid))) throw new Error(`process ${pid} is gone`);
      if (!threadsInside(pid, low, high)) {
        action();
        return;
      }
    } finally {
      // A process that a nemesis has paused stays paused.
      if (!slept) signal(pid, 'SIGCONT');
    }
    await sleep(1);
  }
  throw new Error(`process ${pid} was never outside its vDSO in 100 looks`);
}

function threadsInside(pid: number, low: number, high: number): boolean {
  return readdirSync(`/proc/${pid}/task`).some((thread) => {
    try {
      const fields = readFileSync(`/proc/${pid}/task/${thread}/syscall`, 'utf8').trim().split(' ');
      if (fields[0] === 'running') return true;
      const counter = Number(fields.at(-1));
      return counter >= low && counter < high;
    } catch {
      return false; // The thread has ended.
    }
  });
}

function read(memory: number, address: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const count = readSync(memory, buffer, done, length - done, address + done);
    if (count === 0) throw new Error(`nothing to read at 0x${(address + done).toString(16)}`);
    done += count;
  }
  return buffer;
}

function write(memory: number, bytes: Buffer, address: number): void {
  // A BigInt position would be ignored in silence; a plain number is exact here.
  if (writeSync(memory, bytes, 0, bytes.length, address) !== bytes.length) throw new Error('short write');
}
