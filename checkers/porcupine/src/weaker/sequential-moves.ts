// What can come next in the search for a sequentially consistent order, and what it changes. A configuration is the words of
// one tuple: how far each process has come, bits for operations taken out of turn, the partitions' states, uses of lost ones.
import type { SequentialProblem } from './sequential-search.ts';

type Problem = SequentialProblem<unknown>;

/** Operations of `process` that returned, were not taken, and whose predecessors were. */
export function openOf(problem: Problem, now: Int32Array, process: number): number[] {
  const { program } = problem;
  const due = program.due[process] as Int32Array;
  const reached = now[process] as number;
  if (reached >= due.length) return [];
  if (program.isChain[process]) return [due[reached] as number];
  const leastNeeds = program.leastNeeds[process] as Int32Array;
  const open: number[] = [];
  for (let place = reached; place < due.length && (leastNeeds[place] as number) <= reached; place++) {
    const op = due[place] as number;
    if ((program.needs[op] as number) <= reached && !wasTaken(problem, now, op)) open.push(op);
  }
  return open;
}

/** Operations, and the complements of classes of lost ones, that are possible and not read-only. */
export function movesOf(problem: Problem, now: Int32Array): number[] {
  const { program, lost, lostAt, steps } = problem;
  const moves: number[] = [];
  for (let process = 0; process < program.due.length; process++) {
    for (const op of openOf(problem, now, process)) {
      if (!steps.isReadOnly(op) && isDue(problem, now, op) && after(problem, now, op) >= 0) moves.push(op);
    }
  }
  lost.forEach((ops, alike) => {
    const used = now[lostAt + alike] as number;
    if (used >= ops.length) return;
    const op = ops[0] as number;
    const next = after(problem, now, op);
    // One that changes nothing might as well not have been.
    if (next < 0 || next === now[stateAt(problem, op)]) return;
    let open = 0;
    for (const one of ops) if (isOpenLost(problem, now, one)) open++;
    if (used < open) moves.push(~alike);
  });
  return moves;
}

export function take(problem: Problem, now: Int32Array, move: number): void {
  const op = move >= 0 ? move : (problem.lost[~move]?.[0] as number);
  now[stateAt(problem, op)] = after(problem, now, op);
  if (move < 0) {
    const at = problem.lostAt + ~move;
    now[at] = (now[at] as number) + 1;
    return;
  }
  const { program, bitOf, bitsAt } = problem;
  const bit = bitOf[op] as number;
  if (bit >= 0) now[bitsAt + (bit >> 5)] = (now[bitsAt + (bit >> 5)] as number) | (1 << (bit & 31));
  const process = program.processOf[op] as number;
  const due = program.due[process] as Int32Array;
  let reached = now[process] as number;
  while (reached < due.length && (due[reached] === op || wasTaken(problem, now, due[reached] as number))) reached++;
  now[process] = reached;
}

/** Takes every read-only operation that is possible: that can never be a mistake. */
export function absorb(problem: Problem, now: Int32Array, onTake?: (op: number) => void): void {
  const { program, steps } = problem;
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (let process = 0; process < program.due.length; process++) {
      for (const op of openOf(problem, now, process)) {
        if (!steps.isReadOnly(op) || !isDue(problem, now, op) || after(problem, now, op) < 0) continue;
        take(problem, now, op);
        onTake?.(op);
        isMoving = true;
      }
    }
  }
}

/** How many of the operations that returned were taken. */
export function countTaken(problem: Problem, now: Int32Array): number {
  const { program } = problem;
  let taken = 0;
  program.due.forEach((due, process) => {
    const reached = now[process] as number;
    taken += reached;
    if (program.isChain[process]) return;
    for (let place = reached + 1; place < due.length; place++) {
      if (wasTaken(problem, now, due[place] as number)) taken++;
    }
  });
  return taken;
}

/** All operations on the way along `moves`, those that were absorbed too. */
export function retraced(problem: Problem, moves: readonly number[]): number[] {
  const now = new Int32Array(problem.stride);
  const order: number[] = [];
  const used = new Set<number>();
  absorb(problem, now, (op) => order.push(op));
  for (const move of moves) {
    // Any lost operation of the class whose turn has come: there is one left, for those never become fewer.
    const op = move >= 0 ? move : problem.lost[~move]?.find((one) => !used.has(one) && isOpenLost(problem, now, one));
    used.add(op as number);
    order.push(op as number);
    take(problem, now, move);
    absorb(problem, now, (absorbed) => order.push(absorbed));
  }
  return order;
}

function wasTaken({ bitOf, bitsAt }: Problem, now: Int32Array, op: number): boolean {
  const bit = bitOf[op] as number;
  return bit >= 0 && (((now[bitsAt + (bit >> 5)] as number) >>> (bit & 31)) & 1) === 1;
}

function isOpenLost(problem: Problem, now: Int32Array, op: number): boolean {
  const { program } = problem;
  return isDue(problem, now, op) && (program.needs[op] as number) <= (now[program.processOf[op] as number] as number);
}

/** Whether all that must come before it has come. */
function isDue({ before }: Problem, now: Int32Array, op: number): boolean {
  const its = before?.[op];
  if (its === undefined) return true;
  for (let process = 0; process < its.length; process++)
    if ((its[process] as number) > (now[process] as number)) return false;
  return true;
}

function stateAt({ steps, statesAt }: Problem, op: number): number {
  return statesAt + (steps.partitionOf[op] as number);
}

function after(problem: Problem, now: Int32Array, op: number): number {
  return problem.steps.next(now[stateAt(problem, op)] as number, op);
}
