// The three relations between anomalies and consistency models, as Elle has them (jepsen-io/elle, consistency_model.clj,
// commit dda36d8): plain data, each row with the paper that it is from. The surprise: a row of `proscribed` holds only what
// a model forbids beyond the weaker models, and of Cerone's models only what Elle could state, so it is read with both others.

type Relation = Readonly<Record<string, readonly string[]>>;

/** `a: [b]`: where `a` was found, `b` is present as well. */
export const impliedAnomalies: Relation = {
  // Adya 1999. A cycle without process or real-time edges is, trivially, one with them; and since processes do one thing
  // at a time, a process order is a real-time order.
  G0: ['G1c', 'G0-process'],
  'G0-process': ['G1c-process', 'G0-realtime'],
  'G0-realtime': ['G1c-realtime'],
  G1a: ['G1'],
  G1b: ['G1'],
  G1c: ['G1', 'G1c-process'],
  'G1c-process': ['G1c-realtime', 'G1-process'],
  'G1c-realtime': ['G1-realtime'],
  G1: ['G1-process'],
  'G1-process': ['G1-realtime'],

  'G-single-item': ['G-single', 'G-single-item-process', 'G-nonadjacent-item'],
  'G-single-item-process': ['G-single-process', 'G-single-item-realtime', 'G-nonadjacent-item-process'],
  'G-single-item-realtime': ['G-single-realtime', 'G-nonadjacent-item-realtime'],
  // Adya: a cycle with one rw edge between transactions is one in the graph of their starts as well (GSIb).
  'G-single': ['G-nonadjacent', 'GSIb', 'G-single-process'],
  'G-single-process': ['G-nonadjacent-process', 'G-single-realtime'],
  'G-single-realtime': ['G-nonadjacent-realtime'],

  'G-nonadjacent-item': ['G-nonadjacent', 'G2-item', 'G-nonadjacent-item-process'],
  'G-nonadjacent-item-process': ['G-nonadjacent-process', 'G2-item-process', 'G-nonadjacent-item-realtime'],
  'G-nonadjacent-item-realtime': ['G2-item-realtime', 'G-nonadjacent-realtime'],
  'G-nonadjacent': ['G2', 'G-nonadjacent-process'],
  'G-nonadjacent-process': ['G2-process', 'G-nonadjacent-realtime'],
  'G-nonadjacent-realtime': ['G2-realtime'],

  G2: ['G2-process'],
  'G2-item': ['G2', 'G2-item-process'],
  'G2-item-process': ['G2-process', 'G2-item-realtime'],
  'G2-item-realtime': ['G2-realtime'],
  'G2-process': ['G2-realtime'],

  GSIa: ['GSI'],
  GSIb: ['GSI'],

  // Two committed reads that cannot be of one timeline: one of them saw something that was undone.
  'incompatible-order': ['G1a'],
  // A transaction that reads its own later write: a cycle of one wr edge, which a graph without loops cannot hold.
  'future-read': ['G1c'],
  'dirty-update': ['G1a'],
  // Nobody wrote what was read, so nobody who committed did. Elle has no such type: there it is an assertion that fails.
  'garbage-read': ['G1a'],
  // Bailis: a write skew of one record. Hermitage: write skew is a G2.
  'lost-update': ['write-skew', 'G2-item'],
  'write-skew': ['G2'],

  // Not in Elle: what the checks of derived/ find. Two anti-dependencies that are not adjacent: a -rw-> Wy -wr-> b -rw-> Wx
  // -wr-> a. And one of them, with the order in which clients saw the writes: read -rw-> W1 -realtime-> W2 -wr-> read.
  'long-fork': ['G-nonadjacent-item'],
  'causal-reverse': ['G-single-item-realtime'],
};

/** `a: [b]`: `a` is worse than `b`, though it does not imply it. For the order in which anomalies are listed. */
export const worseAnomalies: Relation = {
  G0: ['G1c'],
  'G0-process': ['G1c-process'],
  'G0-realtime': ['G1c-realtime'],
  G1c: ['G-single', 'G2-item'],
  'G1c-process': ['G-single-process', 'G2-item-process'],
  'G1c-realtime': ['G-single-realtime', 'G2-item-realtime'],
  G2: ['G0-process'],
  'G2-process': ['G0-realtime'],
};

/**
 * The names that people use, each with the one of the literature. Of two names for one model the first is printed; Elle
 * prints `strong-serializable` where we print `strict-serializable`.
 */
export const canonicalNames: Readonly<Record<string, string>> = {
  'consistent-view': 'PL-2+',
  'cursor-stability': 'PL-CS',
  'forward-consistent-view': 'PL-FCV',
  'monotonic-snapshot-read': 'PL-MSR',
  'monotonic-view': 'PL-2L',
  'read-committed': 'PL-2',
  'read-uncommitted': 'PL-1',
  'repeatable-read': 'PL-2.99',
  // `serializable` means conflict serializable.
  serializable: 'PL-3',
  'conflict-serializable': 'PL-3',
  'snapshot-isolation': 'PL-SI',
  'strict-serializable': 'PL-SS',
  'strong-serializable': 'PL-SS',
  'update-serializable': 'PL-3U',
  'strong-session-read-uncommitted': 'strong-session-PL-1',
  'strong-session-read-committed': 'strong-session-PL-2',
  'strong-read-uncommitted': 'strong-PL-1',
  'strong-read-committed': 'strong-PL-2',
};

/** `a: [b]`: a history that satisfies `a` satisfies `b`. Names as people use them. */
export const weakerModels: Relation = {
  'causal-cerone': ['read-atomic'], // Cerone
  'consistent-view': ['cursor-stability', 'monotonic-view'], // Adya
  'cursor-stability': ['read-committed'], // Adya, Bailis
  'forward-consistent-view': ['consistent-view'], // Adya
  'read-committed': ['read-uncommitted'], // Adya
  'update-serializable': ['forward-consistent-view'], // Adya
  'monotonic-atomic-view': ['read-committed'], // Bailis
  'monotonic-view': ['read-committed'], // Adya
  'monotonic-snapshot-read': ['read-committed'], // Adya
  'parallel-snapshot-isolation': ['causal-cerone', 'update-atomic'], // Cerone; Liu & Ölveczky
  prefix: ['causal-cerone'], // Cerone
  'read-atomic': ['monotonic-atomic-view'], // Cerone
  'repeatable-read': ['cursor-stability', 'monotonic-atomic-view'], // Adya; Bailis
  'update-atomic': ['read-atomic'], // Cerone
  serializable: ['repeatable-read', 'update-serializable', 'snapshot-isolation', 'view-serializable'], // Adya, Bailis, Cerone, Bernstein
  'session-serializable': ['1SR'], // Zuikeviciute & Pedone
  // Adya, Bailis, Cerone
  'snapshot-isolation': [
    'forward-consistent-view',
    'monotonic-atomic-view',
    'monotonic-snapshot-read',
    'parallel-snapshot-isolation',
    'prefix',
  ],
  // Adya, Bailis, Daudjee & Salem, Zuikeviciute & Pedone
  'strict-serializable': [
    'serializable',
    'linearizable',
    'snapshot-isolation',
    'strong-snapshot-isolation',
    'strong-session-serializable',
    'session-serializable',
  ],

  // Not in the literature: the same step from a model to its session and real-time form that Daudjee & Salem make for SI.
  'strong-session-read-uncommitted': ['read-uncommitted'],
  'strong-session-read-committed': ['read-committed', 'strong-session-read-uncommitted'],
  'strong-read-uncommitted': ['strong-session-read-uncommitted'],
  'strong-read-committed': ['strong-session-read-committed', 'strong-read-uncommitted'],
  // Daudjee & Salem 2006, Cerone & Gotsman 2016
  'strong-session-serializable': ['serializable', 'strong-session-snapshot-isolation'],
  'strong-session-snapshot-isolation': ['snapshot-isolation', 'strong-session-read-committed'],
  'strong-snapshot-isolation': ['strong-session-snapshot-isolation', 'strong-read-committed'],

  // Of single objects (Bailis). No anomaly of transactions says anything about them.
  linearizable: ['sequential'],
  sequential: ['causal'],
  causal: ['writes-follow-reads', 'PRAM'],
  PRAM: ['monotonic-reads', 'monotonic-writes', 'read-your-writes'],
};

/** `model: [anomaly]`: the model forbids it, beyond what the weaker models forbid. */
export const proscribed: Relation = {
  'causal-cerone': ['internal', 'G1a'], // Cerone, incomplete
  'cursor-stability': ['G1', 'G-cursor', 'lost-update'], // Adya, Bailis
  'monotonic-view': ['G1', 'G-monotonic'], // Adya
  'monotonic-snapshot-read': ['G1', 'G-MSR'], // Adya
  'consistent-view': ['G1', 'G-single'], // Adya
  'forward-consistent-view': ['G1', 'G-SIb'], // Adya
  'parallel-snapshot-isolation': ['internal', 'G1a'], // Cerone, incomplete
  // Adya; Cerone. `predicate-read-miss`: a predicate read did not see an object all of whose versions match it.
  serializable: ['G1', 'G2', 'predicate-read-miss', 'PL-3-cycle-exists', 'internal'],
  'read-committed': ['G1', 'PL-2-cycle-exists'], // Adya
  // Adya. Nothing of his can hold an element twice or a version before itself: version orders are total.
  'read-uncommitted': ['G0', 'duplicate-elements', 'cyclic-versions', 'PL-1-cycle-exists'],
  prefix: ['internal', 'G1a'], // Cerone, incomplete
  // Adya, Cerone, Daudjee & Salem. Every cycle without two adjacent rw edges, not only those with a single one: Cerone &
  // Gotsman 2016.
  'snapshot-isolation': ['internal', 'G1', 'G-SI', 'G-nonadjacent', 'PL-SI-cycle-exists'],
  'read-atomic': ['internal', 'G1a', 'future-read'], // Cerone, incomplete
  'repeatable-read': ['G1', 'G2-item', 'PL-2.99-cycle-exists', 'lost-update'], // Adya, Bailis
  'update-atomic': ['lost-update'], // Cerone
  'strict-serializable': ['G1', 'G1c-realtime', 'G2-realtime', 'PL-SS-cycle-exists'], // Adya
  'strong-session-read-uncommitted': ['strong-session-PL-1-cycle-exists', 'G0-process'],
  'strong-session-read-committed': ['strong-session-PL-2-cycle-exists', 'G1c-process'],
  'strong-read-uncommitted': ['strong-PL-1-cycle-exists', 'G0-realtime'],
  'strong-read-committed': ['strong-PL-2-cycle-exists', 'G1c-realtime'],
  'strong-session-snapshot-isolation': [
    'internal',
    'G1-process',
    'G-nonadjacent-process',
    'strong-session-snapshot-isolation-cycle-exists',
  ],
  'strong-snapshot-isolation': [
    'internal',
    'G1-realtime',
    'G-nonadjacent-realtime',
    'strong-snapshot-isolation-cycle-exists',
  ],
  'strong-session-serializable': ['G1-process', 'G2-process', 'strong-session-serializable-cycle-exists'], // Daudjee & Salem
  'update-serializable': ['G1', 'G-update'], // Adya
};

/** What models forbid of the anomalies that Elle has no name for, and the checks of derived/ find. */
export const proscribedHere: Relation = {
  // Transfers read and write both of their accounts. So a view that holds all that its transfers depend on, without lost
  // updates, has the whole sum, and nobody takes from an account what another has taken.
  'consistent-view': ['wrong-total', 'negative-value'],
  'repeatable-read': ['wrong-total', 'negative-value'],
  'parallel-snapshot-isolation': ['wrong-total', 'negative-value'],
  // Bailis: once some effects of a transaction were seen, all are. Adya: likewise, of whatever one depends on.
  'monotonic-atomic-view': ['non-monotonic-read'],
  'monotonic-view': ['non-monotonic-read'],
  'read-atomic': ['fractured-read'],
  'causal-cerone': ['causality-violation'],
  // With the order of sessions the lattice has only the form of snapshot isolation, which implies each of them.
  'strong-session-snapshot-isolation': [
    'non-monotonic-read-process',
    'fractured-read-process',
    'causality-violation-process',
  ],
};
