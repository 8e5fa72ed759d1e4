// Logs and lists: slots to be filled, as in `fillSlots`, of which some are known to hold a certain value. The surprise is what
// need not be unique: only a value that was read, and only among the appends that were not told their place.
import { type Filling, fillSlots, type Slots } from './slots.ts';

export interface Entries {
  /** `known` holds the appends that were told their place. It and `teller` are completed here. */
  readonly slots: Omit<Slots, 'open'>;
  /** By slot: the value that was read there, -1 for none, and an operation that read it. */
  readonly value: Int32Array;
  readonly reader: Int32Array;
  /** By operation: the value that it appends, -1 if it appends none. */
  readonly appends: Int32Array;
  /** The appends that were not told their place: lost ones, and those whose output was not seen. */
  readonly unplaced: readonly number[];
  /** How many values there are. */
  readonly values: number;
}

const NONE = -1;
const SEVERAL = -2;

/** `undefined`: a slot's value may come from several appends. See `fillSlots` for the rest. */
export function fillEntries({ slots, value, reader, appends, unplaced, values }: Entries): Filling | undefined {
  const { known, teller } = slots;
  const candidate = new Int32Array(values).fill(NONE);
  for (const op of unplaced) {
    const its = appends[op] as number;
    candidate[its] = candidate[its] === NONE ? op : SEVERAL;
  }
  const convict = (ops: readonly number[]): Filling => ({ core: withRivals(ops, appends, teller) });
  for (let slot = 0; slot < known.length; slot++) {
    const its = value[slot] as number;
    if (its < 0) continue;
    const told = known[slot] as number;
    const seen = reader[slot] as number;
    if (told >= 0) {
      if (appends[told] !== its) return convict([told, seen]);
      continue;
    }
    const source = candidate[its] as number;
    if (source === SEVERAL) return undefined;
    // Every append of the value is known to be in another slot.
    if (source === NONE || (teller[source] as number) >= 0)
      return { core: [...new Set([seen, ...appendsOf(new Set([its]), appends, teller)])] };
    known[slot] = source;
    teller[source] = seen;
  }
  const open = Int32Array.from(unplaced.filter((op) => (teller[op] as number) < 0));
  const filling = fillSlots({ ...slots, open });
  return 'core' in filling ? convict(filling.core) : filling;
}

/** That a reader tells an append's slot is an argument about all appends of this value: the others are elsewhere. */
function withRivals(ops: readonly number[], appends: Int32Array, teller: Int32Array): number[] {
  const argued = new Set<number>();
  for (const op of ops) if ((teller[op] as number) >= 0) argued.add(appends[op] as number);
  return [...new Set([...ops, ...appendsOf(argued, appends, teller)])];
}

/** All appends of the values, and what tells their slots. */
function appendsOf(values: ReadonlySet<number>, appends: Int32Array, teller: Int32Array): number[] {
  const all: number[] = [];
  for (let op = 0; op < appends.length; op++) {
    if (!values.has(appends[op] as number)) continue;
    all.push(op);
    if ((teller[op] as number) >= 0) all.push(teller[op] as number);
  }
  return all;
}
