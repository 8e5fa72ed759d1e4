// Histories in a short notation, as in Elle's tests: `ax1` appends 1 to x, `rx12` reads [1, 2] from x (a list) and `rx1` 1
// (a register), `rx` the empty list, `rx_` a register's initial state, `wx1` writes 1 to x. After a bar: how the transaction
// ended, its process, when it ran. `rx1 ax2 | info p3 0-5`. The surprise: by default all run at once, each in its own process.
import type { AppendOp, RegisterOp, Transaction } from '../types.ts';

export const lists = (...lines: string[]): Transaction<AppendOp>[] =>
  lines.map((line, i) =>
    parse(line, i, (kind, key, digits) =>
      kind === 'a' ? ['append', key, Number(digits)] : ['r', key, [...digits].map(Number)],
    ),
  );

export const registers = (...lines: string[]): Transaction<RegisterOp>[] =>
  lines.map((line, i) =>
    parse(line, i, (kind, key, digits) =>
      kind === 'w' ? ['w', key, Number(digits)] : ['r', key, digits === '_' ? null : Number(digits)],
    ),
  );

/** One after the other, as if by a single client whose every transaction is a process of its own. */
export const inTurn = <Op>(history: readonly Transaction<Op>[]): Transaction<Op>[] =>
  history.map((transaction, i) => ({ ...transaction, call: 2 * i, return: 2 * i + 1 }));

function parse<Op>(line: string, i: number, op: (kind: string, key: string, digits: string) => Op): Transaction<Op> {
  const [body = '', notes = ''] = line.split('|');
  const ops = body
    .trim()
    .split(/\s+/)
    .map((word) => op(word[0] ?? '', word[1] ?? '', word.slice(2)));
  const process = /p(\d+)/.exec(notes)?.[1];
  const [, call = '0', end = '1000'] = /(\d+)-(\d+)/.exec(notes) ?? [];
  const type = /fail|info/.exec(notes)?.[0] as 'fail' | 'info' | undefined;
  return {
    process: process === undefined ? 100 + i : Number(process),
    type: type ?? 'ok',
    ops,
    call: Number(call),
    return: type === 'info' ? undefined : Number(end),
  };
}
