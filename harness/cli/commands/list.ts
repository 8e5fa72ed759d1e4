/** `pitchpole list`: what there is to run, and what can be combined. */
import { Chalk } from 'chalk';
import { flawsOf } from '../../run/circumstances.ts';
import type { Context } from '../context.ts';
import { openHouse } from '../lookup.ts';
import type { Registry } from '../registry.ts';

interface Flags {
  readonly json?: boolean;
  readonly config?: string;
}

export async function list(context: Context, { json, config }: Flags): Promise<number> {
  const { registry } = await openHouse(context.folder, config);
  context.stdout.write(json ? `${JSON.stringify(asData(registry), null, 2)}\n` : asText(registry, context));
  return 0;
}

function asData({ targets, workloads, nemeses, checkers }: Registry) {
  return {
    targets: Object.values(targets).map(
      ({ name, kind, label, worlds, defaultNodes, reference, clients, patterns }) => ({
        name,
        kind,
        ...(label === undefined ? {} : { label }),
        worlds,
        nodes: defaultNodes,
        reference,
        workloads: Object.keys(clients),
        patterns: patterns.map(({ id, title, worlds: there, flaws }) => ({
          id,
          title,
          worlds: there,
          flaws: flaws.map(({ name: flaw, about, switches, expect }) => ({ name: flaw, about, switches, expect })),
        })),
      }),
    ),
    workloads: Object.values(workloads).map(({ name, about, model }) => ({ name, about, ...(model ? { model } : {}) })),
    nemeses: Object.values(nemeses).map(({ name, about, needs }) => ({ name, about, needs })),
    checkers: Object.keys(checkers),
  };
}

function asText({ targets, workloads, nemeses, checkers }: Registry, { stdout }: Context): string {
  const { bold, dim, cyan } = new Chalk({ level: stdout.colors });
  const lines: string[] = [];
  for (const { name, kind, label, worlds, patterns } of Object.values(targets)) {
    lines.push(`${bold(name)}  ${dim(`${kind}${label === undefined ? '' : ` ${label}`}, in ${worlds.join(' and ')}`)}`);
    for (const pattern of patterns) {
      lines.push(`  ${cyan(pattern.id)}  ${pattern.title}`);
      for (const flaw of flawsOf(pattern)) lines.push(`      ${flaw.name}: ${flaw.about}`);
    }
    lines.push('');
  }
  const section = (title: string, rows: readonly (readonly [string, string])[]): void => {
    const width = Math.max(...rows.map(([name]) => name.length));
    lines.push(bold(title), ...rows.map(([name, about]) => `  ${cyan(name.padEnd(width))}  ${about}`), '');
  };
  section(
    'workloads',
    Object.entries(workloads).map(([name, { about }]) => [name, about]),
  );
  section(
    'nemeses',
    Object.entries(nemeses).map(([name, { about }]) => [name, about]),
  );
  lines.push(bold('checkers'), `  ${Object.keys(checkers).join(', ')}`, '');
  return `${lines.join('\n').trimEnd()}\n`;
}
