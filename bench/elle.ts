/**
 * Speed of elle-ts, beside Elle's own figures: `npm run bench:elle`. Strict serializability, parsing not counted.
 *
 * Elle's figures are of its newest version (2026, JVM 17) on a machine like this one, and are not measured again here.
 * The machine is noisy: a best of several runs says more than one, and where others run beside it, user time more than both.
 */
import { hasData } from '../harness/run/formats/testing/data-set.ts';
import { printTable, shown } from './checkers/table.ts';
import { inFreshProcess, type Measured, type Task } from './elle/fresh-process.ts';

const limits = { coldMs: 10_000, peakMb: 4096 };

interface Row {
  readonly name: string;
  readonly task: Task;
  readonly verdict: string;
  /** What Elle reports. */
  readonly anomalies: readonly string[];
  /** Warm best and cold, in ms; undefined where Elle was not measured. */
  readonly elle?: { readonly warm: number; readonly cold: number };
}

const peers: readonly Row[] = [
  {
    name: 'ssi-100k-wide',
    task: { file: 'elle/large/ssi-100k-wide.edn.gz', runs: 12 },
    verdict: 'valid',
    anomalies: [],
    elle: { warm: 3700, cold: 4000 },
  },
  {
    name: 'si-100k-wide',
    task: { file: 'elle/large/si-100k-wide.edn.gz', runs: 12 },
    verdict: 'invalid',
    anomalies: ['G2-item', 'G2-item-realtime'],
    elle: { warm: 6900, cold: 11_100 },
  },
  {
    name: 'huge-scc (Elle: a timeout)',
    task: { file: 'elle/huge-scc.edn', runs: 12 },
    verdict: 'invalid',
    anomalies: ['G-single-item-realtime'],
  },
];

const generated: readonly Row[] = [10_000, 200_000].flatMap((transactions) =>
  (['lists', 'registers'] as const).map((kind) => ({
    name: `serial ${kind}, generated`,
    task: { generated: kind, transactions, runs: 3 },
    verdict: 'valid',
    anomalies: [],
  })),
);

if (!hasData)
  console.log('The histories of other projects are not here (../shared/data): only generated ones are measured.');
const rows: string[][] = [];
for (const row of [...(hasData ? peers : []), ...generated]) {
  const measured = await inFreshProcess(row.task);
  rows.push(cells(row, measured));
  report(row, measured);
}
printTable(
  ['history', 'micro-ops', 'Elle cold', 'Elle warm', 'cold ms', 'warm ms', 'cpu ms', 'faster', 'peak MB', 'verdict'],
  rows,
);

function cells({ name, elle }: Row, measured: Measured): string[] {
  const { verdict, anomalyTypes, microOperations, coldMs, warmMs, cpuMs, peakMb } = measured;
  return [
    name,
    String(microOperations),
    elle === undefined ? '-' : String(elle.cold),
    elle === undefined ? '-' : String(elle.warm),
    shown(coldMs),
    shown(warmMs),
    shown(cpuMs),
    elle === undefined ? '-' : `${(elle.warm / warmMs).toFixed(1)}x`,
    peakMb.toFixed(0),
    [verdict, ...anomalyTypes].join(' '),
  ];
}

function report({ name, verdict, anomalies, elle }: Row, measured: Measured): void {
  const missed = anomalies.filter((type) => !measured.anomalyTypes.includes(type));
  const complaints = [
    measured.verdict === verdict ? '' : `${name} is ${measured.verdict}, not ${verdict}`,
    missed.length === 0 ? '' : `${name}: ${missed.join(', ')} not found`,
    elle === undefined || measured.warmMs * 5 <= elle.warm ? '' : `${name}: less than 5 times as fast as Elle`,
    measured.coldMs <= limits.coldMs ? '' : `${name}: over ${limits.coldMs} ms`,
    measured.peakMb <= limits.peakMb ? '' : `${name}: over ${limits.peakMb} MB`,
  ].filter((complaint) => complaint !== '');
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
}
