/** `pitchpole doctor`: what this machine can and cannot do, found out by doing it; and what dead runs left behind. */
import { Chalk } from 'chalk';
import { exitCodes, HarnessError } from '../../core/errors.ts';
import { type Diagnosis, examineEngine } from '../../docker/doctor.ts';
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
  const findings = [simulator, ...engine];
  context.stdout.write(flags.json ? `${JSON.stringify({ findings }, null, 2)}\n` : inWords(context, findings));
  return findings.every(({ ok }) => ok) ? 0 : exitCodes.missing;
}

function inWords({ stdout }: Context, findings: readonly Diagnosis[]): string {
  const chalk = new Chalk({ level: stdout.colors });
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, ok, means, remedy }) => [
    ` ${ok ? chalk.green('✓') : chalk.red('✕')} ${name.padEnd(width)}  ${means}`,
    ...(remedy === undefined ? [] : [`   ${' '.repeat(width)}  ${chalk.dim(remedy)}`]),
  ]);
  return `${lines.join('\n')}\n`;
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
