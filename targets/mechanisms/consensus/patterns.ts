/**
 * The target `consensus`: five replicas, their clients, and the failure patterns of M5 (mechanism P5) of the document.
 */
import { defineTarget } from '../../../harness/core/define.ts';
import { appendClient, registerClient } from './client.ts';
import { consensusNode } from './consensus.ts';
import { consensusInvariants } from './invariants.ts';
import { marksWanted } from './marks.ts';
import { logCompactionPattern, quorumLossPattern, unsyncedLogPattern } from './patterns/durability.ts';
import { electionStormPattern } from './patterns/election-storm.ts';
import { splitBrainPattern } from './patterns/split-brain.ts';
import { reference } from './settings.ts';

export const consensus = defineTarget({
  name: 'consensus',
  kind: 'mechanism',
  label: 'P5',
  worlds: ['sim', 'docker'],
  roles: (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index + 1}`, 'replica'])),
  defaultNodes: 5,
  reference,
  node: consensusNode,
  clients: { register: registerClient, append: appendClient },
  leads(state) {
    const { role, term } = state as { readonly role?: unknown; readonly term?: unknown };
    return role === 'leader' && typeof term === 'number' ? { term } : undefined;
  },
  invariants: consensusInvariants,
  marks: marksWanted,
  facts: (variant) => ({ electionTimeoutMs: variant.electionTimeoutMs ?? reference.electionTimeoutMs }),
  patterns: [splitBrainPattern, electionStormPattern, logCompactionPattern, quorumLossPattern, unsyncedLogPattern],
});
