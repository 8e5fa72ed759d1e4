/** `pitchpole explain`: what a pattern is, in the words of the document it comes from, and how to see it. */
import { Chalk } from 'chalk';
import type { DocumentCard, FailurePattern, Target } from '../../core/target.ts';
import type { Context } from '../context.ts';
import { findPattern, openHouse } from '../lookup.ts';

export async function explain(context: Context, id: string, flags: { readonly config?: string }): Promise<number> {
  const { registry } = await openHouse(context.folder, flags.config);
  const { target, pattern } = findPattern(registry, id);
  context.stdout.write(`${inWords(target, pattern, context).join('\n')}\n`);
  return 0;
}

const cardRows: readonly (readonly [keyof DocumentCard, string])[] = [
  ['symptoms', 'Symptoms'],
  ['causes', 'Causes'],
  ['detection', 'Detection'],
  ['prevention', 'Prevention'],
  ['resolution', 'Resolution'],
  ['detectionTime', 'Detection time'],
  ['recoveryTime', 'Recovery time'],
];

function inWords(target: Target, { id, title, card, worlds, flaws }: FailurePattern, { stdout }: Context): string[] {
  const { bold, dim, cyan } = new Chalk({ level: stdout.colors });
  const width = Math.min(stdout.columns, 110);
  const lines = [
    `${bold(id)}  ${title}`,
    dim(`${target.kind} ${target.name}, in ${worlds.join(' and ')}; ${card.section}`),
    '',
  ];
  for (const [key, label] of cardRows) {
    const text = card[key];
    if (text !== undefined) lines.push(...wrapped(`${label}:`.padEnd(16), text, width));
  }
  for (const { name, about, switches, expect, signal } of flaws) {
    const changes = Object.entries(switches).map(
      ([key, value]) => `${key}: ${JSON.stringify(target.reference[key] ?? null)} -> ${JSON.stringify(value)}`,
    );
    lines.push('', `${cyan(name)}  ${about}`);
    lines.push(...wrapped('  differs:  ', changes.join(', '), width));
    lines.push(...wrapped('  expect:   ', expect.join(' or '), width));
    if (signal) lines.push(...wrapped('  signal:   ', `${signal.name}: "${signal.quote}"`, width));
    const world = worlds.includes('sim') ? '' : ' -w docker';
    lines.push(`  see it:   pitchpole replay ${id} --flaw ${name} --variant flawed --seed 1${world}`);
    lines.push(`            pitchpole replay ${id} --flaw ${name} --variant fixed --seed 1${world}`);
  }
  return lines;
}

/** The label once, then the text in a column beside it. */
function wrapped(label: string, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const piece of paragraph.split(' ')) {
      if (line !== '' && label.length + line.length + 1 + piece.length > width) {
        lines.push(line);
        line = '';
      }
      line += line === '' ? piece : ` ${piece}`;
    }
    lines.push(line);
  }
  return lines.map((line, index) => (index === 0 ? label : ' '.repeat(label.length)) + line);
}
