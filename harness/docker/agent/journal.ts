/**
 * The leases that stand, on disk before they are in force: whoever reads this file after a crash knows what to undo.
 * A line says that a lease begins or ends; the last word about a lease counts.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Lease } from './protocol.ts';

type Line = { readonly id: number; readonly lease: Lease } | { readonly id: number; readonly healed: true };

export interface Journal {
  /** Leases in the order in which they began. */
  standing(): ReadonlyMap<number, Lease>;
  begin(id: number, lease: Lease): void;
  end(id: number): void;
}

export function openJournal(file: string): Journal {
  const standing = readJournal(existsSync(file) ? readFileSync(file, 'utf8') : '');
  mkdirSync(dirname(file), { recursive: true });
  const handle = openSync(file, 'a');
  process.once('exit', () => closeSync(handle));
  const write = (line: Line): void => {
    writeSync(handle, `${JSON.stringify(line)}\n`);
    fsyncSync(handle);
  };
  return {
    standing: () => standing,
    begin(id, lease) {
      write({ id, lease });
      standing.set(id, lease);
    },
    end(id) {
      standing.delete(id);
      write({ id, healed: true });
    },
  };
}

/** Reads what stands from a journal's text; a torn last line was never acted upon, so it says nothing. */
export function readJournal(text: string): Map<number, Lease> {
  const standing = new Map<number, Lease>();
  const lines = text.split('\n');
  lines.pop();
  for (const text of lines) {
    const line = JSON.parse(text) as Line;
    if ('lease' in line) standing.set(line.id, line.lease);
    else standing.delete(line.id);
  }
  return standing;
}
