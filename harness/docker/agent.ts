/**
 * The fault agent: the one privileged container of a run. It strikes the nodes' processes, packets, clocks and disks on
 * the controller's word, proves each time that it did, and holds a lease on every fault.
 *
 * The surprise is what it does unasked: when the controller falls silent (its heartbeat stops, or its end of our stdin
 * closes), the agent heals everything, removes all that bears the run's label, and then itself.
 */
import { createInterface } from 'node:readline';
import { surveyAbilities } from './agent/abilities.ts';
import { callOver } from './agent/engine-call.ts';
import { createFaults } from './agent/faults.ts';
import { openJournal } from './agent/journal.ts';
import type { AgentReply, AgentRequest } from './agent/protocol.ts';
import { removeRun } from './agent/removal.ts';
import { reason } from './agent/words.ts';

/** How long the controller may be silent. */
const leaseMs = 10_000;

const run = process.env.PITCHPOLE_RUN ?? '';
const label = process.env.PITCHPOLE_LABEL ?? '';
const self = process.env.HOSTNAME ?? '';
if (run === '' || !label.endsWith(`=${run}`)) throw new Error('the agent was started without the name of its run');

const call = callOver('/var/run/docker.sock');
const faults = createFaults({ run, call, journal: openJournal('/journal/leases.jsonl') });

// One action at a time: they share the nodes' packet filters and processes. Only heartbeats overtake.
let queue: Promise<unknown> = Promise.resolve();
let heard = performance.now();
let looked = performance.now();
let ending = false;

if (process.env.PITCHPOLE_ORPHANED === '1') void abandon('the controller of this run is gone');
else {
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      heard = performance.now();
      const { id, ...request } = JSON.parse(line) as AgentRequest & { id: number };
      if (request.do === 'beat') return;
      queue = queue.then(() => answer(id, request));
    })
    .on('close', () => void abandon('the controller closed its end'));
  setInterval(watch, 500);
}

function watch(): void {
  const now = performance.now();
  // When we ourselves were stopped (a suspended machine), the silence proves nothing: give the controller time again.
  if (now - looked > 2_000) heard = now;
  looked = now;
  if (now - heard > leaseMs) void abandon(`no heartbeat for ${leaseMs / 1000} s`);
}

async function answer(id: number, request: AgentRequest): Promise<void> {
  if (ending) return;
  try {
    say({ id, ...(await perform(request)) });
  } catch (error) {
    say({ id, error: reason(error) });
  }
  if (request.do === 'finish') process.exit(0);
}

async function perform(request: AgentRequest): Promise<Omit<AgentReply, 'id'>> {
  switch (request.do) {
    case 'beat':
      return {};
    case 'examine':
      return { abilities: await surveyAbilities() };
    case 'adopt':
      await faults.adopt(request.nodes);
      return {};
    case 'strike':
      return { evidence: await faults.strike(request.lease, request.fault) };
    case 'heal':
      return { evidence: await faults.heal(request.lease) };
    case 'kill':
      return { evidence: await faults.kill(request.node) };
    case 'wipe':
      return { evidence: await faults.wipe(request.node, request.folder) };
    case 'rot':
      return { evidence: await faults.rot(request.node, request.folder, request.rot) };
    case 'reset':
      return { evidence: await faults.reset(request.nodes) };
    case 'disk':
      return { device: await faults.disk(request.node, request.megabytes) };
    case 'power-cut':
      return { evidence: await faults.powerCut(request.node, request.folder) };
    case 'restarted':
      await faults.restarted(request.node);
      return {};
    case 'power-restored':
      return { evidence: await faults.powerRestored(request.node, request.folder) };
    case 'finish':
      ending = true;
      return { removed: await mendAndRemove() };
  }
}

async function mendAndRemove(): Promise<number> {
  await faults.healAll();
  const removed = await removeRun(call, label, { spare: self });
  await faults.removeDisks();
  return removed;
}

/** Nobody will ask us any more: put everything right and go. */
async function abandon(reason: string): Promise<void> {
  if (ending) return;
  ending = true;
  process.stderr.write(`${reason}: healing and removing run ${run}\n`);
  try {
    await mendAndRemove();
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1); // What is left bears the label; the next sweep takes it.
  }
  // The engine kills us while it carries this out, so there is no answer to wait for.
  await call('DELETE', `/containers/${self}?force=1&v=1`).catch(() => {});
}

function say(reply: AgentReply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
