// The model as two tables that fill themselves: states become small integers, operations with equal input and output
// become one class, and `next` answers "class c in state s" from memory. The surprise: the class is all that the search
// knows of an operation, so two operations are interchangeable exactly when model.step cannot tell them apart.

import { grown, ints } from './ints.ts';
import { canonicalKey } from './key.ts';
import { describeOperation } from './model.ts';
import type { Model } from './types.ts';

export interface Transitions<S, I, O> {
  readonly model: Model<S, I, O>;
  readonly classes: readonly Class<I, O>[];
  readonly states: S[];
  readonly stateIds: Map<string | number, number>;
  readonly allowed: ((state: S, input: I, output: O | undefined) => boolean) | undefined;
  /** By state key: the last level at whose beginning an operation is called that needs the state. See `Model.pin`. */
  readonly pins: ReadonlyMap<string | number, number> | undefined;
  /** The same by state; -1 where there is none. */
  readonly pinnedUntil: number[];
  readonly next: Table;
  /** By class that overwrites: the state that it leaves, once it is known. */
  readonly leaves: Map<number, number>;
  /** Only for models that grow. */
  readonly leads: Table | undefined;
  /** An estimate of what states and tables hold. */
  bytes: number;
}

export interface Class<I, O> {
  readonly input: I;
  readonly output: O | undefined;
  readonly readOnly: boolean;
  readonly shrinks: boolean;
  readonly overwrites: boolean;
}

/** Class and state to a number. Dense while that is small; beyond, an open-addressing hash table (unique values make it sparse). */
interface Table {
  readonly width: number;
  dense: Int32Array<ArrayBuffer> | undefined;
  keys: Float64Array<ArrayBuffer>;
  values: Int32Array<ArrayBuffer>;
  size: number;
}

/** `next`: the operation is not possible in this state. */
export const IMPOSSIBLE = -1;
const UNSET = -2;
const DENSE_CELLS = 1 << 21;
/** What a cell of a table takes, and a state beside its key, about. */
const CELL_BYTES = 24;
const STATE_BYTES = 200;

export function makeTransitions<S, I, O>(
  model: Model<S, I, O>,
  classes: readonly Class<I, O>[],
  allowed: Transitions<S, I, O>['allowed'],
  pins: Transitions<S, I, O>['pins'],
): Transitions<S, I, O> {
  const width = Math.max(1, classes.length);
  const transitions: Transitions<S, I, O> = {
    model,
    classes,
    states: [],
    stateIds: new Map(),
    allowed,
    pins,
    pinnedUntil: [],
    next: makeTable(width),
    leaves: new Map(),
    leads: model.growth && makeTable(width),
    bytes: 0,
  };
  stateId(transitions, model.init);
  return transitions;
}

/** The state after an operation of `classId` in `state`, or IMPOSSIBLE. */
export function next<S, I, O>(transitions: Transitions<S, I, O>, state: number, classId: number): number {
  const known = lookUp(transitions.next, state, classId);
  if (known !== UNSET) return known;
  const { classes, states, allowed } = transitions;
  const { input, output } = classes[classId] as Class<I, O>;
  const before = states[state] as S;
  let id = IMPOSSIBLE;
  if (allowed === undefined || allowed(before, input, output)) {
    const after = transitions.model.step(before, input, output);
    if (after !== undefined) id = stateId(transitions, after);
    expectKept(transitions, state, classId, id);
  }
  remember(transitions.next, state, classId, id);
  transitions.bytes += CELL_BYTES;
  return id;
}

/** Throws when the model breaks its word about the operation. */
function expectKept<S, I, O>(transitions: Transitions<S, I, O>, state: number, classId: number, after: number): void {
  const { model, classes, leaves } = transitions;
  const { input, output, readOnly, overwrites } = classes[classId] as Class<I, O>;
  const isKept = !readOnly || after === IMPOSSIBLE || after === state;
  if (overwrites && !leaves.has(classId)) leaves.set(classId, after);
  if (isKept && (!overwrites || (after !== IMPOSSIBLE && leaves.get(classId) === after))) return;
  const operation = model.describe?.(input, output) ?? describeOperation(input, output);
  throw new Error(
    isKept
      ? `model ${model.name} declares that ${operation} overwrites, but what its step leaves depends on the state`
      : `model ${model.name} declares ${operation} read-only, but its step changes the state`,
  );
}

/** False when a read of `classId` is out of reach from `state`, unless something shrinks. */
export function leadsTo<S, I, O>(transitions: Transitions<S, I, O>, state: number, classId: number): boolean {
  const { leads: table } = transitions;
  const { growth } = transitions.model;
  if (growth === undefined || table === undefined) return true;
  const known = lookUp(table, state, classId);
  if (known !== UNSET) return known === 1;
  const { input, output } = transitions.classes[classId] as Class<I, O>;
  const leads = growth.leadsTo(transitions.states[state] as S, input, output);
  remember(table, state, classId, leads ? 1 : 0);
  return leads;
}

function stateId<S, I, O>(transitions: Transitions<S, I, O>, state: S): number {
  const { model, states, stateIds, pins, pinnedUntil } = transitions;
  // A number is its own key, and no other value has a number for one.
  const key = model.key ? model.key(state) : typeof state === 'number' ? state : canonicalKey(state);
  let id = stateIds.get(key);
  if (id === undefined) {
    id = states.length;
    states.push(state);
    pinnedUntil.push(pins?.get(model.key ? key : canonicalKey(state)) ?? -1);
    stateIds.set(key, id);
    // A state is taken to be as large as its key.
    transitions.bytes += STATE_BYTES + (typeof key === 'string' ? 4 * key.length : 0);
  }
  return id;
}

const NO_KEYS = new Float64Array(0);
const NO_VALUES = new Int32Array(0);

function makeTable(width: number): Table {
  return {
    width,
    dense: ints(width * 8).fill(UNSET),
    keys: NO_KEYS,
    values: NO_VALUES,
    size: 0,
  };
}

function lookUp(table: Table, state: number, classId: number): number {
  const cell = state * table.width + classId;
  const { dense } = table;
  if (dense !== undefined) return cell < dense.length ? (dense[cell] as number) : UNSET;
  const at = find(table.keys, cell);
  return table.keys[at] === cell ? (table.values[at] as number) : UNSET;
}

function remember(table: Table, state: number, classId: number, value: number): void {
  const cell = state * table.width + classId;
  if (table.dense !== undefined && cell >= table.dense.length) {
    if (cell < DENSE_CELLS) {
      const before = table.dense.length;
      table.dense = grown(table.dense, cell + table.width).fill(UNSET, before);
    } else {
      spill(table);
    }
  }
  if (table.dense !== undefined) {
    table.dense[cell] = value;
    return;
  }
  if (2 * table.size >= table.keys.length) rehash(table, 2 * table.keys.length);
  const at = find(table.keys, cell);
  if (table.keys[at] !== cell) table.size++;
  table.keys[at] = cell;
  table.values[at] = value;
}

function spill(table: Table): void {
  const dense = table.dense as Int32Array;
  let filled = 0;
  for (const value of dense) if (value !== UNSET) filled++;
  let capacity = 1 << 12;
  while (capacity < 4 * filled) capacity *= 2;
  table.keys = new Float64Array(capacity).fill(-1);
  table.values = new Int32Array(capacity);
  dense.forEach((value, cell) => {
    if (value === UNSET) return;
    const at = find(table.keys, cell);
    table.keys[at] = cell;
    table.values[at] = value;
  });
  table.size = filled;
  table.dense = undefined;
}

function rehash(table: Table, capacity: number): void {
  const { keys, values } = table;
  table.keys = new Float64Array(capacity).fill(-1);
  table.values = new Int32Array(capacity);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as number;
    if (key < 0) continue;
    const at = find(table.keys, key);
    table.keys[at] = key;
    table.values[at] = values[i] as number;
  }
}

/** Where the key is, or the empty cell (-1) where it belongs. Cells pass 2^32, so both halves are mixed. */
function find(keys: Float64Array, key: number): number {
  const mask = keys.length - 1;
  let hash = Math.imul((key % 4294967296) ^ Math.imul(key / 4294967296, 0x85ebca6b), 0x9e3779b1);
  hash ^= hash >>> 15;
  let at = hash & mask;
  while (keys[at] !== key && keys[at] !== -1) at = (at + 1) & mask;
  return at;
}
