/**
 * Histories that are made here, of ten to a million operations: how the time grows, and the peak of memory. Each is checked in a
 * process of its own. Porcupine gets ten seconds for each and, once it has failed at a size, is not asked for a larger one.
 */
import { inFreshProcess, type MeasuredPlan } from './fresh-process.ts';
import { type GeneratedKind, generate, kindNames, type Plan } from './generate.ts';
import { startPorcupineGo, writeForPorcupine } from './porcupine-go.ts';
import { printTable, shown } from './table.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const CLIENTS = [4, 50];
const GO_LIMIT_MS = 10_000;
/** Few values and lost operations: only the search can decide that. */
const LARGEST: Partial<Record<GeneratedKind, number>> = { 'cas-register': 100_000 };

export async function growth(program: string | undefined): Promise<void> {
  console.log(
    '\nGenerated histories, each in a fresh process. `ns/(n log n)`: steady means that time grows as n log n.\n',
  );
  const rows: string[][] = [];
  for (const kind of kindNames) {
    for (const clients of CLIENTS) {
      for (const mutated of [false, true]) {
        let goGaveUp: number | undefined;
        for (const size of SIZES.filter((size) => size <= (LARGEST[kind] ?? Number.POSITIVE_INFINITY))) {
          const plan: Plan = { kind, operations: size, clients, seed: 1, mutated };
          const runs = size >= 1_000_000 ? 2 : 5;
          const its = (await inFreshProcess({ task: 'generated', runs, ...plan })) as MeasuredPlan;
          let go = '';
          if (program !== undefined) {
            const theirs = goGaveUp === undefined ? await timedInGo(program, plan) : `not tried`;
            if (goGaveUp === undefined && !/^\d/.test(theirs)) goGaveUp = size;
            go = theirs;
          }
          const perStep = (1e6 * its.bestMs) / (size * Math.log2(size));
          rows.push([
            `${kind}${mutated ? ', mutated' : ''}`,
            `${clients}`,
            `${size}`,
            its.reason === undefined ? its.verdict : `unknown (${its.reason})`,
            shown(its.firstMs),
            shown(its.bestMs),
            perStep.toFixed(1),
            `${Math.round(its.peakMb)} (${Math.round(its.beforeMb)})`,
            go,
          ]);
        }
      }
    }
  }
  const head = [
    'history',
    'clients',
    'operations',
    'verdict',
    'first ms',
    'best ms',
    'ns/(n log n)',
    'peak MB (before)',
  ];
  printTable([...head, ...(program === undefined ? [] : ['Go ms'])], rows);
}

async function timedInGo(program: string, plan: Plan): Promise<string> {
  const path = writeForPorcupine(plan.kind, generate(plan).operations);
  const theirs = startPorcupineGo(program);
  await theirs.load('it', 'generated', path);
  const { verdict, ms } = await theirs.run('it', GO_LIMIT_MS);
  theirs.close();
  if (ms === undefined) return verdict;
  return verdict === 'unknown' ? `> ${GO_LIMIT_MS}` : `${shown(ms)} ${verdict}`;
}
