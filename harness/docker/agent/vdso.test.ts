import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { placesFor, setClockOffset, split } from './vdso.ts';
import { patchedFunctions, stubs } from './vdso-code.ts';

describe('the code that takes the place of the vDSO', () => {
  test('jumps only to the starts of instructions inside itself', () => {
    for (const name of patchedFunctions) {
      const { starts, jumps } = decode(stubs[name].code);
      expect(jumps.length, name).toBeGreaterThan(0);
      for (const target of jumps) expect(starts, `${name} jumps to ${target}`).toContain(target);
    }
  });

  test('reads its words behind the code, where they lie aligned', () => {
    for (const name of patchedFunctions) {
      const stub = stubs[name];
      const { loads } = decode(stub.code);
      const words = stub.fraction === undefined ? [stub.seconds] : [stub.seconds, stub.fraction];
      expect(loads, name).toEqual(words);
      expect(stub.seconds % 8).toBe(0);
      expect(stub.seconds).toBe(stub.code.length);
      expect(stub.length).toBe(stub.code.length + 8 * words.length);
    }
  });

  test('is refused where it would run into the next function', () => {
    const room = stubs.__vdso_clock_gettime.length;
    const symbols = (gap: number) =>
      new Map([
        ['__vdso_clock_gettime', { offset: 0x100, size: 5 }],
        ['__vdso_getcpu', { offset: 0x100 + gap, size: 30 }],
      ]);
    expect(placesFor(symbols(room))).toHaveLength(1);
    expect(() => placesFor(symbols(room - 1))).toThrow(/__vdso_clock_gettime has \d+ bytes/);
  });

  test('is given negative offsets as whole seconds down and a positive rest', () => {
    expect(split(-1_500_000_000n)).toEqual({ seconds: -2n, nanoseconds: 500_000_000n });
    expect(split(-2_000_000_000n)).toEqual({ seconds: -2n, nanoseconds: 0n });
    expect(split(1_250_000_000n)).toEqual({ seconds: 1n, nanoseconds: 250_000_000n });
  });
});

const hour = 3_600_000;

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('a running process', () => {
  test('sees its wall clock jump and come back, and its monotonic clock go on', async () => {
    const script = `require('readline').createInterface({ input: process.stdin }).on('line', () =>
      console.log(JSON.stringify({ wall: Date.now(), mono: String(process.hrtime.bigint()), file: require('fs').statSync('.').size })))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const ask = async (): Promise<{ wall: number; mono: bigint }> => {
      child.stdin.write('\n');
      const [line] = (await once(lines, 'line')) as [string];
      const { wall, mono } = JSON.parse(line) as { wall: number; mono: string };
      return { wall, mono: BigInt(mono) };
    };
    try {
      await ask();
      const pid = child.pid as number;
      for (const offset of [hour, -hour, 2_500, -2_500, 0]) {
        const wanted = BigInt(offset) * 1_000_000n;
        expect((await setClockOffset(pid, wanted)).readBack).toBe(wanted);
        const seen = await ask();
        // The answer takes a moment, on a busy machine a long one; the offsets are longer by far.
        expect(Math.abs(seen.wall - Date.now() - offset)).toBeLessThan(1000);
        expect(Math.abs(Number(process.hrtime.bigint() - seen.mono))).toBeLessThan(1e9);
      }
    } finally {
      child.kill('SIGKILL');
    }
  });
});

/** A disassembler for just the instructions that the stubs use. */
function decode(code: Buffer): { starts: number[]; jumps: number[]; loads: number[] } {
  const starts: number[] = [];
  const jumps: number[] = [];
  const loads: number[] = [];
  for (let at = 0; at < code.length; ) {
    starts.push(at);
    const [first = 0, second = 0, third = 0] = code.subarray(at);
    const is = (...bytes: number[]): boolean => bytes.every((byte, index) => code[at + index] === byte);
    if (is(0x48, 0x8b, 0x15) || is(0x48, 0x03, 0x05)) {
      loads.push(at + 7 + code.readInt32LE(at + 3));
      at += 7;
    } else if ([0x74, 0x75, 0x7c].includes(first)) {
      jumps.push(at + 2 + code.readInt8(at + 1));
      at += 2;
    } else if (first === 0xb8) at += 5;
    else if (is(0x48, 0x81)) at += 7;
    else if (is(0x83)) at += 3;
    else if (first === 0x48 && [0x03, 0x89].includes(second) && (third & 0xc0) === 0x40) at += 4;
    else if (first === 0x48) at += 3;
    else if ([0x0f, 0x85, 0x31].includes(first)) at += 2;
    else at += 1; // ret, nop, push, pop
  }
  return { starts, jumps, loads };
}
