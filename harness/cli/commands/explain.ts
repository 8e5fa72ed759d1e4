/** `pitchpole explain`: what a pattern is, in the words of the document it comes from, and how to see it. */
import { Chalk } from 'chalk';
import type { DocumentCard, FailurePattern, Target } from '../../core/target.ts';
import { flawsOf, isControl } from '../../run/circumstances.ts';
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

function inWords(target: Target, pattern: FailurePattern, { stdout }: Context): string[] {
  const { id, title, card, worlds } = pattern;
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
  for (const flaw of flawsOf(pattern)) {
    const { name, about, switches, expect, signal } = flaw;
    const see = `pitchpole replay ${id} --flaw ${name}`;
    const how = `--seed 1${worlds.includes('sim') ? '' : ' -w docker'}`;
    lines.push('', `${cyan(name)}  ${about}`);
    if (isControl(flaw)) {
      lines.push('  expect:   the reference is acquitted', `  see it:   ${see} ${how}`);
      continue;
    }
    const changes = Object.entries(switches).map(
      ([key, value]) => `${key}: ${JSON.stringify(target.reference[key] ?? null)} -> ${JSON.stringify(value)}`,
    );
    lines.push(...wrapped('  differs:  ', changes.join(', '), width));
    lines.push(...wrapped('  expect:   ', expect.join(' or '), width));
    if (signal) lines.push(...wrapped('  signal:   ', `${signal.name}: "${signal.quote}"`, width));
    lines.push(`  see it:   ${see} --variant flawed ${how}`, `            ${see} --variant fixed ${how}`);
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
