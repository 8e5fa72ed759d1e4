// Operations put into an order that is there already. The surprise: that this is always possible for a read that saw
// nothing. In an order that keeps to calls and returns, each operation has a moment, which is the latest call so far;
// the read joins at the moment of its own call.

/** By place in the order: the latest call up to there. None of the operations from there on returned earlier. */
export function moments(order: Int32Array, call: Float64Array): Float64Array {
  const moment = new Float64Array(order.length);
  let latest = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < order.length; place++) {
    latest = Math.max(latest, call[order[place] as number] as number);
    moment[place] = latest;
  }
  return moment;
}

/** For each of `extras`, which are sorted by call: how many operations of the order have their moment before its call. */
export function gapsByCall(moment: Float64Array, extras: Int32Array, call: Float64Array): Int32Array {
  const gaps = new Int32Array(extras.length);
  let gap = 0;
  for (let i = 0; i < extras.length; i++) {
    const called = call[extras[i] as number] as number;
    while (gap < moment.length && (moment[gap] as number) < called) gap++;
    gaps[i] = gap;
  }
  return gaps;
}

/** The order with each extra after as many of the order's operations as its gap says; within a gap as they are given. */
export function insert(order: Int32Array, extras: Int32Array, gaps: Int32Array): Int32Array {
  const from = new Int32Array(order.length + 2);
  for (let i = 0; i < gaps.length; i++) from[(gaps[i] as number) + 1] = (from[(gaps[i] as number) + 1] as number) + 1;
  for (let gap = 0; gap <= order.length; gap++) from[gap + 1] = (from[gap + 1] as number) + (from[gap] as number);
  const whole = new Int32Array(order.length + extras.length);
  // What precedes an operation: those before it in the order, and the extras of the gaps up to it.
  for (let place = 0; place < order.length; place++) {
    whole[place + (from[place + 1] as number)] = order[place] as number;
  }
  const next = from;
  for (let i = 0; i < extras.length; i++) {
    const gap = gaps[i] as number;
    whole[gap + (next[gap] as number)] = extras[i] as number;
    next[gap] = (next[gap] as number) + 1;
  }
  return whole;
}

/** As an array, several times faster than `Array.from`. */
export function toArray(numbers: Int32Array): number[] {
  const array = new Array<number>(numbers.length);
  for (let i = 0; i < numbers.length; i++) array[i] = numbers[i] as number;
  return array;
}
