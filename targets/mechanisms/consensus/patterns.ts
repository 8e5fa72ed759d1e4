/**
 * The target `consensus` and its failure patterns, with what the document says of them (M5, mechanism P5).
 */
import { crashes } from '../../../checkers/crashes.ts';
import { electionStorm } from '../../../checkers/election-storm.ts';
import { splitBrain } from '../../../checkers/split-brain.ts';
import { defineTarget, milliseconds, seconds } from '../../../harness/core/define.ts';
import type { Scenario } from '../../../harness/core/target.ts';
import { appendClient, registerClient } from './client.ts';
import { consensusNode } from './consensus.ts';
import { reference } from './settings.ts';
import { leadersAtOnce, leadersOfOneTerm, sessionTables, leaderLacksCommitted, commitsWithoutQuorum, electionFrequency, committedTerms } from './signals.ts';

const usual: Omit<Scenario, 'workload' | 'faults'> = {
  concurrency: 10, rate: 60, duration: seconds(6), settle: seconds(2), observeEvery: milliseconds(100), checkers: [splitBrain(), crashes()],
};
const s = seconds;
export const consensus = defineTarget({
  name: 'consensus', kind: 'mechanism', label: 'P5', worlds: ['sim', 'docker'], defaultNodes: 5,
  roles: (count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i + 1}`, 'replica'])),
  reference, node: consensusNode,
  clients: { register: registerClient, append: appendClient },
  leads(state) {
    const { role, term } = state as { role?: string; term?: number };
    return role === 'leader' && typeof term === 'number' ? { term } : undefined;
  },
  facts: (variant) => ({ electionTimeoutMs: variant['electionTimeoutMs'] ?? reference.electionTimeoutMs }),
  patterns: [],
});
