// The words of the checker: what clients did (transactions of micro-operations, in the form that Jepsen writes them), and
// what is answered. The one surprise: `invalid` is relative to the consistency model that was asked for. The anomalies
// that were found are listed in any case, and `not` and `strongest` say what they rule out and what they leave.

/** A key. Numbers and strings are different keys: 1 is not "1". */
export type Key = number | string;
/** What is written: numbers and strings, as they are in almost every history; `null` is the initial value of a register. */
export type Value = number | string;

/**
 * `['append', key, value]` adds to the end of a list. `['r', key, values]` read the whole list; `null` is the empty list in
 * a transaction that is `ok` (as in Jepsen's histories, where nil is what a missing key holds), and unknown in any other.
 */
export type AppendOp = readonly ['append', Key, Value] | readonly ['r', Key, readonly Value[] | null];

/**
 * `['w', key, value]` sets a register. `['r', key, value]` read it; `null` is the initial value in a transaction that is
 * `ok`, and unknown in any other.
 */
export type RegisterOp = readonly ['w', Key, Value] | readonly ['r', Key, Value | null];

/**
 * One transaction and what came of it. `ok`: committed. `fail`: certainly aborted. `info`: nobody knows; it is taken as
 * committed only once another transaction has seen what it wrote, and its reads are unknown (Kingsbury & Alvaro 2020, §4.2).
 */
export interface Transaction<Op> {
  readonly process: number | string;
  readonly type: 'ok' | 'fail' | 'info';
  /** With what was read, if `type` is `ok`. */
  readonly ops: readonly Op[];
  /** When it was asked for. `call` and `return` are finite numbers on one clock; equal ones are taken as concurrent. */
  readonly call: number;
  /** When it was answered; `undefined` where it never was. */
  readonly return?: number | undefined;
}

/** The orders between transactions: Adya's dependencies, and what the clients saw of the order in which they ran. */
export type EdgeType = 'ww' | 'wr' | 'rw' | 'process' | 'realtime';

/** One edge of a cycle, with what proves it. */
export interface Step {
  /** Indices into the checked transactions. */
  readonly from: number;
  readonly to: number;
  readonly type: EdgeType;
  /** For `ww`, `wr` and `rw`: the key, and the values that each side wrote or read. */
  readonly key?: Key | undefined;
  /** What `from` wrote (`ww`, `wr`) or the last value that it saw (`rw`; `null`: it saw the initial state). */
  readonly value?: Value | null | undefined;
  /** What `to` wrote (`ww`, `rw`) or read (`wr`). */
  readonly next?: Value | null | undefined;
  /** `T1 appended 3 to x after T0 appended 2`: why `from` was before `to`, in one sentence. */
  readonly because: string;
}

/** One thing that an isolation level forbids, with the transactions that prove it. */
export interface Anomaly {
  /** By its name in Elle: `G0`, `G1a`, `G-single-item-realtime`, `lost-update`, … See `anomalyNames`. */
  readonly type: string;
  /** All that take part, as indices into the checked transactions. Of a cycle: in its order, the first not repeated. */
  readonly transactions: readonly number[];
  /** For anomalies that are cycles: the last step leads back to the first transaction. */
  readonly cycle?: readonly Step[] | undefined;
  readonly key?: Key | undefined;
  /**
   * The textbooks' name for the shape of the cycle, if it has one. `write-skew`: two transactions, each of which missed what
   * the other wrote to another key. `long-fork`: two readers that saw two writes in opposite orders.
   */
  readonly pattern?: 'write-skew' | 'long-fork' | undefined;
  /**
   * What it is by definition besides, under names that are not listed as types because Elle does not report them. `G-update`:
   * a cycle with anti-dependencies in which at most one transaction wrote nothing (Adya 1999, §4.3.3).
   */
  readonly also?: readonly string[] | undefined;
  /** One sentence with the values. */
  readonly message: string;
}

export interface CheckOptions {
  /** The consistency models that must hold, e.g. `['serializable']`. Default: `['strict-serializable']`. */
  readonly consistency?: readonly string[] | undefined;
  /** At most so many anomalies of one type are reported in full; the types are complete in any case. Default 8. */
  readonly most?: number | undefined;
}

export interface Result {
  /** `unknown`: the history holds nothing that could be judged (no transaction is ok). */
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  /** For `unknown`: why. */
  readonly reason?: string | undefined;
  /** Every anomaly that was found, also those that the asked models allow; those that break them first. */
  readonly anomalies: readonly Anomaly[];
  /** The names of all anomalies found, sorted. */
  readonly anomalyTypes: readonly string[];
  /** The weakest models that the anomalies rule out, in the names that people use (`serializable`, not `PL-3`). */
  readonly not: readonly string[];
  /** All other models that the anomalies rule out: the stronger ones, and those that fall by what an anomaly is `also`. */
  readonly alsoNot: readonly string[];
  /** The strongest models that nothing found rules out. */
  readonly strongest: readonly string[];
  readonly counts: {
    readonly transactions: number;
    readonly committed: number;
    readonly microOperations: number;
    /** Edges of the dependency graph by type, before reduction to cycles. */
    readonly edges: number;
  };
}
