/** `pitchpole doctor`: what this machine can and cannot do, found out by doing it; and what dead runs left behind. */
import { Chalk } from 'chalk';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import type { WorldKind } from '../../core/types.ts';
import { type Diagnosis, examineEngine } from '../../docker/doctor.ts';
import { lacking, means } from '../../sim/cluster.ts';
import type { Context } from '../context.ts';
import { openHouse } from '../lookup.ts';
import type { Registry } from '../registry.ts';
import { suggestion } from '../values.ts';

interface Flags {
  readonly clean?: boolean;
  readonly json?: boolean;
  readonly config?: string;
}

export async function doctor(context: Context, name: string | undefined, flags: Flags): Promise<number> {
  const { registry } = await openHouse(context.folder, flags.config);
  const image = name === undefined ? undefined : targetNamed(name, registry).system?.image;
  const engine = await examineEngine({
    images: image === undefined ? [] : [image],
    clean: flags.clean ?? false,
    progress: (text) => context.stderr.write(`${text}\n`),
  });
  const simulator: Diagnosis = {
    name: 'simulator',
    ok: true,
    means: `Node ${process.versions.node}, nothing else needed`,
  };
  const findings = [simulator, ...engine, ...faultsOfSimulator()];
  context.stdout.write(flags.json ? `${JSON.stringify({ findings }, null, 2)}\n` : inWords(context, findings));
  return findings.every(({ ok, never }) => ok || never) ? 0 : exitCodes.missing;
}

const faultsOfSimulator = (): Diagnosis[] => [
  ...[...means].map(([name, how]): Diagnosis => ({ name, ok: true, means: how, world: 'sim' })),
  { name: 'control', ok: true, means: 'the node’s own control handler', world: 'sim' },
  ...[...lacking].map(([name, why]): Diagnosis => ({ name, ok: false, means: why, world: 'sim', never: true })),
];

/** First what runs need, then the faults of each world. */
const chapters: readonly (readonly [title: string, world: WorldKind | undefined])[] = [
  ['', undefined],
  ['Faults in the simulator', 'sim'],
  ['Faults on containers', 'docker'],
  ['Faults of processes', 'process'],
];

function inWords({ stdout }: Context, findings: readonly Diagnosis[]): string {
  const chalk = new Chalk({ level: stdout.colors });
  const width = Math.max(...findings.map(({ name }) => name.length));
  const line = ({ name, ok, never, means, remedy }: Diagnosis): string[] => {
    const mark = ok ? chalk.green('✓') : never ? chalk.dim('–') : chalk.red('✕');
    return [
      ` ${mark} ${name.padEnd(width)}  ${means}`,
      ...(remedy === undefined ? [] : [`   ${' '.repeat(width)}  ${chalk.dim(remedy)}`]),
    ];
  };
  const told = chapters.flatMap(([title, world]) => {
    const rows = findings.filter((finding) => finding.world === world);
    if (rows.length === 0) return [];
    return [[...(title === '' ? [] : [title]), ...rows.flatMap(line)].join('\n')];
  });
  return `${told.join('\n\n')}\n`;
}

function targetNamed(name: string, { targets }: Registry) {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (target !== undefined) return target;
  const near = suggestion(name, Object.keys(targets));
  throw new HarnessError({
    code: 'no-match',
    message: `There is no target \`${name}\`.`,
    hint: near === '' ? `There are ${Object.keys(targets).join(', ')}.` : near,
  });
}
