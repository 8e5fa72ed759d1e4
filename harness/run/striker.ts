/**
 * Carries faults from the strike to the mend, and writes down what was done and by which evidence.
 *
 * The one surprise: mending does not depend on the nemesis. Whatever it inflicted is healed in reverse order, though the
 * strike threw, though the run is being interrupted; and what could not be proven is a doubt on the whole run.
 */
import type { Cluster, Injury, Mend, Nemesis, Strike } from '../core/cluster.ts';
import { HarnessError } from '../core/errors.ts';
import type { Recorder } from '../core/history.ts';
import type { Random } from '../core/random.ts';
import type { Evidence, Nanos, NodeId, ScheduledFault } from '../core/types.ts';

export interface Striker {
  /** Strikes now. The fault lasts until it is ended. Returns what ends it: from then on it is mended. */
  strike(fault: ScheduledFault, number: number): () => void;
  /** Ends all faults but the one with this number; they are mended on the way. */
  endOthers(number: number): void;
  /** Ends all faults; resolves when all are mended, or given up after a minute. */
  mendAll(): Promise<void>;
  /** Why the run cannot be trusted: strikes and heals without evidence. */
  readonly doubts: readonly string[];
}

export interface StrikerOptions {
  readonly cluster: Cluster;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly nemeses: Readonly<Record<string, Nemesis>>;
  /** Told of what only wrong options or a bug can cause. */
  failed(error: unknown): void;
}

/** How long all mending together may take, in the world's time. */
const mendLimit: Nanos = 60_000_000_000;
const glance: Nanos = 500_000_000;
/** A loop can heal hundreds of times: so many good proofs are kept, and every bad one. */
const proofsKept = 20;

export function createStriker(options: StrikerOptions): Striker {
  const { cluster } = options;
  const doubts: string[] = [];
  const open = new Map<number, { readonly name: string; readonly mended: Promise<void>; end(): void }>();
  return {
    doubts,
    strike(fault, number) {
      let over = false;
      let tellEnd: () => void = () => {};
      const ended = new Promise<void>((resolve) => {
        tellEnd = resolve;
      });
      const end = (): void => {
        if (over) return;
        over = true;
        // By way of the cluster: only then does the simulator let those who await it run before time goes on.
        void cluster.sleep(0).then(tellEnd);
      };
      const mended = carry(options, fault, number, { over: () => over, ended }, doubts).then(() => {
        open.delete(number);
      });
      open.set(number, { name: fault.nemesis, mended, end });
      return end;
    },
    endOthers(number) {
      for (const [other, { end }] of open) if (other !== number) end();
    },
    async mendAll() {
      for (const { end } of open.values()) end();
      const all = Promise.all([...open.values()].map(({ mended }) => mended));
      // The sleep also gives the simulator a reason to let this go on where nothing is open.
      await cluster.sleep(0);
      const limit = cluster.now() + mendLimit;
      // Short sleeps, because in containers the longest one would keep the process alive after all is done.
      while (open.size > 0 && cluster.now() < limit) await Promise.race([all, cluster.sleep(glance)]);
      for (const { name } of open.values()) doubts.push(`${name} could not be mended within ${mendLimit / 1e9} s`);
    },
  };
}

interface End {
  over(): boolean;
  readonly ended: Promise<void>;
}

/** One fault, from strike to mend. Never rejects. */
async function carry(
  { cluster, recorder, random, nemeses, failed }: StrikerOptions,
  fault: ScheduledFault,
  number: number,
  end: End,
  doubts: string[],
): Promise<void> {
  const { nemesis: name, options } = fault;
  const nemesis = nemeses[name] as Nemesis;
  const struck: Evidence[] = [];
  const healed: Evidence[] = [];
  const injuries = new Set<Injury>();
  const aimed: { nodes: NodeId[]; what: string[] } = { nodes: [], what: [] };
  let from: Nanos | undefined;
  let skipped: string | undefined;
  let id: number | undefined;

  const label = (): string => `${name}${aimed.what.length > 0 ? ` (${aimed.what.join('; ')})` : ''}`;
  const keep = (evidence: Evidence, list: Evidence[], doubt: string): void => {
    if (!evidence.took) doubts.push(`${label()} ${doubt}: ${evidence.how}`);
    if (!evidence.took || list.length < proofsKept) list.push(evidence);
  };
  const heal = async (injury: Injury): Promise<Evidence> => {
    const evidence = await injury.heal().catch(failure);
    keep(evidence, healed, 'did not heal');
    return evidence;
  };
  const strike: Strike = {
    cluster,
    random: random.split(`nemesis:${number}`),
    over: end.over,
    record(nodes, what) {
      from ??= cluster.now();
      aimed.nodes.push(...nodes.filter((node) => !aimed.nodes.includes(node)));
      aimed.what.push(what);
    },
    async inflict(pending) {
      const landed = await pending.catch((error: unknown) => {
        keep(failure(error), struck, 'did not take effect');
        throw error;
      });
      // Once the strike is on record, a later blow of a loop is only told where it failed.
      if (id === undefined || !landed.evidence.took) {
        keep(landed.evidence, id === undefined ? struck : healed, 'did not take effect');
      }
      let healing: Promise<Evidence> | undefined;
      const injury: Injury = {
        evidence: landed.evidence,
        heal() {
          healing ??= heal(landed);
          injuries.delete(injury);
          return healing;
        },
      };
      injuries.add(injury);
      return injury;
    },
    skip(reason) {
      skipped ??= reason;
    },
  };

  await cluster.sleep(0);
  const missing = nemesis.needs.filter((need) => !cluster.can.has(need));
  if (missing.length > 0) {
    skipped = missing
      .map((need) => `cannot ${need} here: ${cluster.cannot.get(need) ?? 'this world has no means'}`)
      .join('; ');
  }
  const began = cluster.now();
  let mend: Mend | undefined;
  if (skipped === undefined) {
    try {
      mend = await nemesis.strike(strike, options);
    } catch (error) {
      if (error instanceof HarnessError) failed(error);
      else if (struck.every(({ took }) => took)) keep(failure(error), struck, 'broke off');
    }
  }
  if (aimed.what.length > 0 || struck.length > 0) skipped = undefined;
  id = recorder.strike({
    nemesis: name,
    options,
    nodes: aimed.nodes,
    what: aimed.what.join('; '),
    from: from ?? began,
    struck: [...struck],
    ...(skipped === undefined ? {} : { skipped }),
  });
  if (skipped !== undefined) return;
  await end.ended;
  try {
    await mend?.();
  } catch (error) {
    keep(failure(error), healed, 'broke off');
  }
  for (const injury of [...injuries].reverse()) await injury.heal();
  recorder.heal(id, cluster.now(), healed);
}

const failure = (error: unknown): Evidence => ({
  took: false,
  how: error instanceof Error ? error.message : String(error),
});
