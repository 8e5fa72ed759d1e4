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
import { type FunctionName, patchedFunctions, type Stub, stubs } from './vdso-code.ts';

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

/** The wall clock of one process, in our hands. */
export interface HeldClock {
  /** In nanoseconds. Rejects where the process is gone. */
  set(offset: bigint): Promise<void>;
  read(): bigint;
  close(): void;
}

/**
 * Sets the offset of one process's wall clock, in nanoseconds, and reads it back.
 * @throws as `holdClock` does
 */
export async function setClockOffset(pid: number, offset: bigint): Promise<{ readBack: bigint }> {
  const clock = await holdClock(pid, offset);
  try {
    return { readBack: clock.read() };
  } finally {
    clock.close();
  }
}

/**
 * Takes hold of one process's wall clock and sets its offset, which is cheap to change from then on.
 * @throws where the process is gone, the machine is not x86-64, or the vDSO is not laid out as it must be
 */
export async function holdClock(pid: number, first: bigint): Promise<HeldClock> {
  if (process.arch !== 'x64') throw new Error(`the clock is bent by x86-64 code, and this is ${process.arch}`);
  const { low, high } = vdsoRange(pid);
  const memory = openSync(`/proc/${pid}/mem`, 'r+');
  try {
    const image = read(memory, low, high - low);
    const places = placesFor(symbolsOf(image));
    const fresh = places.filter(({ stub, offset: at }) => !image.subarray(at, at + stub.code.length).equals(stub.code));
    const fractionOf = (name: FunctionName, nanoseconds: bigint): bigint =>
      name === '__vdso_gettimeofday' ? nanoseconds / 1000n : nanoseconds;
    const writeWords = ({ seconds, nanoseconds }: ReturnType<typeof split>): void => {
      for (const { name, stub, offset: at } of places) {
        const words = Buffer.alloc(stub.length - stub.code.length);
        words.writeBigInt64LE(seconds, 0);
        if (stub.fraction !== undefined) words.writeBigInt64LE(fractionOf(name, nanoseconds), 8);
        write(memory, words, low + at + stub.code.length);
      }
    };
    let present = split(first);
    if (fresh.length === 0) writeWords(present);
    else {
      // Nobody may be in the middle of the old code when it turns into other code.
      await whileOutside(pid, low, high, () => {
        for (const { stub, offset: at } of fresh) write(memory, stub.code, low + at);
        writeWords(present);
      });
    }
    const clock = places[0];
    if (clock?.stub.fraction === undefined) throw new Error('this vDSO has no clock_gettime');
    const wordsAt = low + clock.offset + clock.stub.seconds;
    return {
      async set(offset) {
        const next = split(offset);
        // Who reads one word before and one after sees a clock that is a second off: both only where nobody reads.
        if (next.seconds !== present.seconds) await whileOutside(pid, low, high, () => writeWords(next));
        else {
          for (const { name, stub, offset: at } of places) {
            if (stub.fraction === undefined) continue;
            const word = Buffer.alloc(8);
            word.writeBigInt64LE(fractionOf(name, next.nanoseconds));
            write(memory, word, low + at + stub.fraction);
          }
        }
        present = next;
      },
      read() {
        const words = read(memory, wordsAt, 16);
        return words.readBigInt64LE(0) * 1_000_000_000n + words.readBigInt64LE(8);
      },
      close: () => closeSync(memory),
    };
  } catch (error) {
    closeSync(memory);
    throw error;
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
