/**
 * What must hold over all replicas at every moment (Ongaro & Ousterhout 2014, figure 3), told by what each shows of
 * itself after every event. A flaw is convicted here when it does its harm, long before a client can notice.
 *
 * The one surprise: no entry is ever looked at. Index and term name an entry, and a log is few terms, so where each term
 * begins is all that has to be shown; what was applied is told by a digest over the whole sequence.
 */
import type { Invariants, Violation } from '../../../harness/core/target.ts';
import type { Json, NodeId } from '../../../harness/core/types.ts';

/** The part of a replica's `inspect` that is looked at. */
interface Shown {
  readonly role: string;
  readonly term: number;
  readonly commit: number;
  readonly commitTerm: number | null;
  readonly applied: number;
  readonly digest: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly terms: readonly (readonly [from: number, term: number])[];
}

export function consensusInvariants(): Invariants {
  const leaders = new Map<number, NodeId>();
  const digests = new Map<number, { readonly digest: number; readonly node: NodeId }>();
  const commits = new Map<number, { readonly term: number; readonly node: NodeId }>();
  let committed: { readonly index: number; readonly term: number; readonly node: NodeId } = {
    index: 0,
    term: 0,
    node: '',
  };

  return {
    see(node, state) {
      const shown = readShown(state);
      if (shown === undefined) return undefined;
      return electionSafety(node, shown) ?? stateMachineSafety(node, shown) ?? logMatching(node, shown);
    },
  };

  /** At most one leader in a term; and it has all that was committed in earlier ones. */
  function electionSafety(node: NodeId, shown: Shown): Violation | undefined {
    const { role, term, lastIndex } = shown;
    if (role !== 'leader') return undefined;
    const leader = leaders.get(term);
    if (leader === node) return undefined;
    if (leader !== undefined) {
      return { name: 'election-safety', because: `${node} leads term ${term}, which ${leader} led already` };
    }
    leaders.set(term, node);
    // Votes may arrive late: who leads an old term need not know what was committed in a newer one.
    if (committed.term >= term || committed.index < shown.firstIndex) return undefined;
    const its = termAt(shown, committed.index);
    if (its === committed.term) return undefined;
    const has = its === undefined ? `${lastIndex} entries` : `entry ${committed.index} of term ${its}`;
    return {
      name: 'leader-completeness',
      because: `${node} leads term ${term} with ${has}, though entry ${committed.index} of term ${committed.term} was committed on ${committed.node}`,
    };
  }

  /** Who has applied as many entries has applied the same ones. */
  function stateMachineSafety(node: NodeId, { applied, digest }: Shown): Violation | undefined {
    if (applied === 0) return undefined;
    const known = digests.get(applied);
    if (known === undefined) digests.set(applied, { digest, node });
    if (known === undefined || known.digest === digest) return undefined;
    return {
      name: 'state-machine-safety',
      because: `${node} has applied ${applied} entries, and they are not those that ${known.node} has applied`,
    };
  }

  /** What is committed at an index is the same entry for all. */
  function logMatching(node: NodeId, { commit, commitTerm }: Shown): Violation | undefined {
    if (commitTerm === null || commit === 0) return undefined;
    if (commit > committed.index) committed = { index: commit, term: commitTerm, node };
    const known = commits.get(commit);
    if (known === undefined) commits.set(commit, { term: commitTerm, node });
    if (known === undefined || known.term === commitTerm) return undefined;
    return {
      name: 'log-matching',
      because: `entry ${commit} is committed with term ${commitTerm} on ${node}, and was with term ${known.term} on ${known.node}`,
    };
  }
}

/** Undefined beyond the end. */
function termAt({ terms, lastIndex }: Shown, index: number): number | undefined {
  if (index > lastIndex) return undefined;
  return terms.findLast(([from]) => from <= index)?.[1];
}

function readShown(state: Json): Shown | undefined {
  const shown = state as Partial<Shown> | null;
  return typeof shown?.term === 'number' && typeof shown.lastIndex === 'number' ? (shown as Shown) : undefined;
}
