/**
 * Somebody's own program as a target: any binary that speaks the Maelstrom protocol, under any of its workloads.
 *
 * There is no flawed twin of it, so its pattern is a control: one run that must be acquitted.
 */
import { answered } from '../../checkers/answered.ts';
import { seconds } from '../../harness/core/define.ts';
import type { Control, FailurePattern, Scenario, Target } from '../../harness/core/target.ts';
import type { Json, JsonObject, NodeId } from '../../harness/core/types.ts';
import { programClients } from './clients.ts';

/** Workloads that a program can be run under, in Maelstrom's names. */
export const programWorkloads: readonly string[] = Object.keys(programClients);

export interface OwnProgram {
  readonly target: Target;
  readonly pattern: FailurePattern;
  readonly control: Control;
}

/** @param command the words that start one node, for people */
export function ownProgram(command: string, workload: string): OwnProgram {
  const control = { name: workload, about: `what ${workload} promises must hold`, scenario: scenario(workload) };
  const pattern: FailurePattern = {
    id: `program/${workload}`,
    title: `${command} under ${workload}`,
    card: { section: 'A run of your own program', symptoms: 'None is expected: what the workload promises must hold.' },
    worlds: ['process'],
    flaws: [],
    controls: [control],
  };
  const target: Target = {
    name: 'program',
    kind: 'system',
    worlds: ['process'],
    defaultNodes: 3,
    roles: (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index + 1}`, 'node'])),
    reference: {},
    clients: programClients,
    patterns: [pattern],
  };
  return { target, pattern, control };
}

const scenario = (workload: string): Scenario => ({
  workload,
  concurrency: 10,
  rate: 50,
  duration: seconds(10),
  settle: seconds(1),
  observeEvery: seconds(1),
  faults: [],
  checkers: [answered()],
});

/** What a node of this workload is told after `init`: in `broadcast` a topology, as Maelstrom's default, a grid. */
export function greetingsOf(workload: string, nodes: readonly NodeId[]): readonly JsonObject[] {
  return workload === 'broadcast' ? [{ type: 'topology', topology: grid(nodes) }] : [];
}

function grid(nodes: readonly NodeId[]): Json {
  const width = Math.ceil(Math.sqrt(nodes.length));
  const at = (row: number, column: number): NodeId[] => {
    const node = column < 0 || column >= width || row < 0 ? undefined : nodes[row * width + column];
    return node === undefined ? [] : [node];
  };
  return Object.fromEntries(
    nodes.map((node, index) => {
      const [row, column] = [Math.floor(index / width), index % width];
      return [node, [...at(row - 1, column), ...at(row + 1, column), ...at(row, column - 1), ...at(row, column + 1)]];
    }),
  );
}
