/**
 * The machine code that takes the place of the vDSO's functions: each asks the kernel and then adds an offset, whose words
 * lie behind the code. x86-64 only.
 */

/** The functions that tell wall time, by their names in the vDSO. */
export const patchedFunctions = ['__vdso_clock_gettime', '__vdso_gettimeofday', '__vdso_time'] as const;
export type FunctionName = (typeof patchedFunctions)[number];

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
