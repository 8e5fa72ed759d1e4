// Small arrays of integers, many cut from one large one. The surprise: in V8 the making of a typed array costs more than a
// check of eighty operations can spend on twenty of them; a view into an array that is there already is several times cheaper.

const SLAB = 1 << 14;
const LARGEST = 1 << 11;

let slab = new Int32Array(0);
let used = SLAB;

/** `length` zeros. They share their buffer with others, and nobody else ever sees them. */
export function ints(length: number): Int32Array<ArrayBuffer> {
  if (length > LARGEST) return new Int32Array(length);
  if (used + length > SLAB) {
    slab = new Int32Array(SLAB);
    used = 0;
  }
  const view = new Int32Array(slab.buffer, 4 * used, length);
  used += length;
  return view;
}

/** A copy with room for at least `least` numbers. */
export function grown(array: Int32Array<ArrayBuffer>, least: number): Int32Array<ArrayBuffer> {
  const larger = ints(Math.max(least, 2 * array.length));
  larger.set(array);
  return larger;
}
