/**
 * Big histories of one real object and many clients, the same ones for the same seed. In each tick of the clock one
 * client takes its next step: it calls, or its operation takes effect, or it returns. So every history is valid by
 * construction; the mutated one has a single output that is certainly wrong, late in the history.
 */
import {
  type CasRegisterInput,
  casRegister,
  type Model,
  type Operation,
  queue,
  register,
  type SetInput,
  set,
  stack,
} from 'porcupine-ts';

export interface Plan {
  readonly kind: GeneratedKind;
  readonly operations: number;
  readonly clients: number;
  readonly seed: number;
  readonly mutated: boolean;
}

export interface Generated {
  readonly model: Model<unknown, unknown, unknown>;
  readonly operations: Operation[];
}

export type GeneratedKind = keyof typeof kinds;

export const kinds = {
  register: () => uniqueRegister(),
  'cas-register': (random: Random) => casOfFewValues(random, 0.01),
  queue: () => container(queue<number>(), 'enqueue', 'dequeue', (values) => values.shift()),
  stack: () => container(stack<number>(), 'push', 'pop', (values) => values.pop()),
  set: (random: Random) => uniqueSet(random),
} satisfies Record<string, (random: Random) => unknown>;

export const kindNames = Object.keys(kinds) as GeneratedKind[];

export function generate({ kind, operations, clients, seed, mutated }: Plan): Generated {
  const random = makeRandom(seed);
  const real = kinds[kind](random) as RealObject;
  const all = run(real, operations, clients, random);
  if (mutated) mutate(real, all);
  return { model: real.model, operations: all };
}

type Random = () => number;

interface RealObject {
  readonly model: Model<unknown, unknown, unknown>;
  /** The chance that an operation is lost: it takes effect or not, and never returns. */
  readonly lost: number;
  nextInput(random: Random): unknown;
  /** Performs the operation on the real object. */
  perform(input: unknown): unknown;
  /** A wrong output in the place of this one, or `undefined` if this operation is not the one to spoil. */
  spoil(operation: Operation, all: readonly Operation[]): unknown;
}

interface Draft {
  process: number;
  input: unknown;
  output: unknown;
  call: number;
  return: number | undefined;
}

function run(real: RealObject, count: number, clients: number, random: Random): Operation[] {
  const all: Draft[] = [];
  const open: (Draft | undefined)[] = new Array(clients).fill(undefined);
  const effected = new Uint8Array(clients);
  const process = Array.from({ length: clients }, (_, client) => client);
  let returned = 0;
  for (let tick = 0; returned < count; tick++) {
    const client = Math.floor(random() * clients);
    const own = open[client];
    if (own === undefined) {
      if (all.length >= count) {
        if (open.every((one) => one === undefined)) break;
        continue;
      }
      const draft: Draft = {
        process: process[client] as number,
        input: real.nextInput(random),
        output: undefined,
        call: tick,
        return: undefined,
      };
      all.push(draft);
      open[client] = draft;
      effected[client] = 0;
    } else if (!effected[client]) {
      if (random() < real.lost) {
        if (random() < 0.5) real.perform(own.input);
        open[client] = undefined;
        process[client] = (process[client] as number) + clients; // as Jepsen does: this one is never heard of again
        continue;
      }
      own.output = real.perform(own.input);
      effected[client] = 1;
    } else {
      own.return = tick;
      open[client] = undefined;
      returned++;
    }
  }
  return all;
}

function mutate(real: RealObject, all: Operation[]): void {
  for (let i = Math.floor(0.9 * all.length); i < all.length; i++) {
    const output = real.spoil(all[i] as Operation, all);
    if (output === undefined) continue;
    all[i] = { ...(all[i] as Operation), output };
    return;
  }
  throw new Error('nothing in the last tenth of this history can be spoiled');
}

function uniqueRegister(): RealObject {
  let state: number | null = null;
  let written = 0;
  return {
    model: register<number | null>({ initial: null }) as unknown as RealObject['model'],
    lost: 0,
    nextInput: (random) => (random() < 0.5 ? { action: 'read' } : { action: 'write', value: ++written }),
    perform(given) {
      const input = given as { action: string; value: number };
      if (input.action === 'write') state = input.value;
      return input.action === 'read' ? state : undefined;
    },
    // A value of long ago.
    spoil: ({ output }) => (typeof output === 'number' ? Math.floor(output / 2) : undefined),
  };
}

/** Jepsen's etcd workload, for longer: five values, so that nothing is unique, and lost operations. */
function casOfFewValues(random: Random, lost: number): RealObject {
  let state: number | null = null;
  const value = (): number => Math.floor(5 * random());
  return {
    model: casRegister<number | null>({ initial: null, failedCas: 'observation' }) as unknown as RealObject['model'],
    lost,
    nextInput() {
      const action = ['read', 'write', 'cas'][Math.floor(3 * random())] as 'read' | 'write' | 'cas';
      if (action === 'read') return { action };
      return action === 'write' ? { action, value: value() } : { action, from: value(), to: value() };
    },
    perform(given) {
      const input = given as CasRegisterInput<number>;
      if (input.action === 'read') return state;
      if (input.action === 'cas' && state !== input.from) return false;
      state = input.action === 'write' ? input.value : input.to;
      return input.action === 'cas' ? true : undefined;
    },
    // A value that nobody wrote: with so many lost writes about, any other may be right after all.
    spoil: ({ input, return: returned }) =>
      returned !== undefined && (input as { action: string }).action === 'read' ? 5 : undefined,
  };
}

function container<S, I, O>(
  model: Model<S, I, O>,
  put: string,
  take: string,
  takeFrom: (values: number[]) => number | undefined,
): RealObject {
  const values: number[] = [];
  let last = 0;
  return {
    model: model as unknown as RealObject['model'],
    lost: 0,
    nextInput: (random) => (random() < 0.5 ? { action: put, value: ++last } : { action: take }),
    perform(given) {
      const input = given as { action: string; value: number };
      if (input.action === take) return takeFrom(values) ?? null;
      values.push(input.value);
      return undefined;
    },
    // What another took long before.
    spoil: ({ output }, all) =>
      typeof output === 'number' ? all.find((one) => typeof one.output === 'number')?.output : undefined,
  };
}

/** Elements are added and removed once, and looked for about then. */
function uniqueSet(random: Random): RealObject {
  const has = new Set<number>();
  const removed = new Set<number>();
  let last = 0;
  return {
    model: set<number>() as unknown as RealObject['model'],
    lost: 0,
    nextInput(): SetInput<number> {
      const value = Math.max(1, last - Math.floor(20 * random()));
      const dice = random();
      if (dice < 0.3 || last === 0) return { action: 'add', value: ++last };
      if (dice > 0.9 && !removed.has(value)) {
        removed.add(value);
        return { action: 'remove', value };
      }
      return { action: 'contains', value };
    },
    perform(given) {
      const { action, value } = given as { action: string; value: number };
      const before = has.has(value);
      if (action === 'add') has.add(value);
      if (action === 'remove') has.delete(value);
      return action === 'contains' ? before : undefined;
    },
    // It was added, seen, and never removed.
    spoil({ input, output, call }, all) {
      const { action, value } = input as { action: string; value: number };
      if (action !== 'contains' || output !== true || removed.has(value)) return undefined;
      const isAdded = all.some((one) => {
        const its = one.input as { action: string; value: number };
        return its.action === 'add' && its.value === value && (one.return as number) < call;
      });
      return isAdded ? false : undefined;
    },
  };
}

/** mulberry32: from 0 up to 1. */
function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
