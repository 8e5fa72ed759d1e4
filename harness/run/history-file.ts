/**
 * Histories on disk: JSONL, one thing that happened a line, appended while the run goes on.
 *
 * The one surprise: the last line may be torn, because whoever wrote it was killed in the middle. That is told and is no
 * error; any other line that is not what it should be is one, and is told with file, line and field.
 */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { HarnessError } from '../core/errors.ts';
import { createBuilder, type HistoryLine } from '../core/history.ts';
import type { Fault, History, HistoryHeader, Json } from '../core/types.ts';

export interface ReadHistory {
  readonly history: History;
  /** What is known of a torn last line, as a sentence. */
  readonly torn?: string;
}

/** @throws HarnessError `bad-input` where the file cannot be read or is no history. */
export function readHistory(file: string): ReadHistory {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const message = `\`${file}\` cannot be read: ${code === 'ENOENT' ? 'it does not exist' : (code ?? String(cause))}.`;
    throw new HarnessError({ code: 'bad-input', message, hint: 'Give the path of a history.', cause });
  }
  return parseHistory(text, file);
}

/**
 * @param file names the text in messages.
 * @throws HarnessError `bad-input` where a line other than a torn last one is not what it should be.
 */
export function parseHistory(text: string, file: string): ReadHistory {
  const lines = text.split('\n');
  const first = lines[0] ?? '';
  if (first.trim() === '') throw refusal(file, 1, 'the file is empty, and a history begins with its header', emptyHint);
  const head = parseLine(first, file, 1);
  if (head.t !== 'header')
    throw refusal(file, 1, `expected the header, found a line of type \`${head.t}\``, headerHint);
  const { t: _, ...header } = head;
  const builder = createBuilder(header satisfies HistoryHeader);
  const order = createOrder();
  let torn: string | undefined;
  for (let index = 1; index < lines.length; index++) {
    const raw = lines[index] as string;
    const isLast = index === lines.length - 1;
    if (raw === '') {
      if (isLast) break;
      throw refusal(file, index + 1, 'expected a line of the history, found an empty one');
    }
    let line: HistoryLine;
    try {
      line = parseLine(raw, file, index + 1);
    } catch (error) {
      // Only a line that was cut off lacks its newline.
      if (!isLast) throw error;
      torn = `line ${index + 1} is torn after ${Buffer.byteLength(raw)} bytes and was left out: the run was cut short there`;
      break;
    }
    const objection = order(line);
    if (objection !== undefined) throw refusal(file, index + 1, objection);
    builder.add(line);
  }
  const history = builder.history();
  // A strike is written when it has landed, so an earlier one may come later; but none may be missing.
  const hole = Array.from<Fault | undefined>(history.faults).indexOf(undefined);
  if (hole >= 0) throw refusal(file, lines.length, `fault ${hole} is missing, though a later one is there`);
  return { history, ...(torn === undefined ? {} : { torn }) };
}

export interface HistoryFile {
  /** Appends one line; it is with the operating system when this returns, so killing this process does not lose it. */
  readonly sink: (line: string) => void;
  close(): void;
}

export function createHistoryFile(file: string): HistoryFile {
  mkdirSync(dirname(file), { recursive: true });
  const descriptor = openSync(file, 'w');
  let open = true;
  return {
    sink(line) {
      if (open) writeSync(descriptor, `${line}\n`);
    },
    close() {
      if (open) closeSync(descriptor);
      open = false;
    },
  };
}

/** A whole history at once: for runs that took no longer than writing them down would. */
export function writeHistory(file: string, lines: Iterable<string>): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${[...lines].join('\n')}\n`);
}

const emptyHint = 'Give a history that a run has written, such as `.pitchpole/runs/…/*.jsonl`.';
const headerHint = 'If this is the tail of a history, put its first line back.';

const refusal = (file: string, line: number, what: string, hint?: string): HarnessError =>
  new HarnessError({
    code: 'bad-input',
    message: `${file}:${line}: ${what}.`,
    hint: hint ?? 'Mend that line, or cut the file off before it: a history that ends early can still be checked.',
  });

function parseLine(raw: string, file: string, number: number): HistoryLine {
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (cause) {
    throw refusal(file, number, `expected a line of JSON, found \`${excerpt(raw)}\` (${(cause as Error).message})`);
  }
  const parsed = lineSchema.safeParse(value);
  if (parsed.success) return value as HistoryLine;
  throw refusal(file, number, objectionTo(value, parsed.error));
}

const excerpt = (raw: string): string => (raw.length > 60 ? `${raw.slice(0, 60)}…` : raw);

function objectionTo(value: unknown, error: z.ZodError): string {
  const type = typeof value === 'object' && value !== null && 't' in value ? value.t : undefined;
  const issue = error.issues[0];
  if (issue === undefined || !lineTypes.includes(type as string)) {
    return `expected a line whose \`t\` is one of ${lineTypes.join(', ')}, found ${excerpt(JSON.stringify(value))}`;
  }
  const where = issue.path.join('.');
  const found = issue.path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  const told = found === undefined ? 'nothing' : excerpt(JSON.stringify(found));
  const expected = 'expected' in issue ? `expected ${issue.expected}` : issue.message;
  return `\`${where}\` of a line of type \`${type}\`: ${expected}, found ${told}`;
}

/** What a line may not say after those before it; undefined where it may. */
function createOrder(): (line: HistoryLine) => string | undefined {
  const called: number[] = [];
  const returned = new Set<number>();
  const struck = new Set<number>();
  const healed = new Set<number>();
  let ended = false;
  return (line) => {
    if (ended) return `found a line of type \`${line.t}\` after the end`;
    switch (line.t) {
      case 'header':
        return 'found a second header';
      case 'invoke':
        if (line.index !== called.length) return `expected operation ${called.length}, found ${line.index}`;
        called.push(line.at);
        return undefined;
      case 'return':
        if (line.index >= called.length) return `operation ${line.index} returns before it was invoked`;
        if (returned.has(line.index)) return `operation ${line.index} returns a second time`;
        if (line.at < (called[line.index] ?? 0))
          return `operation ${line.index} returns before its call, at ${line.at}`;
        returned.add(line.index);
        return undefined;
      case 'strike':
        if (struck.has(line.id)) return `fault ${line.id} strikes a second time`;
        struck.add(line.id);
        return undefined;
      case 'heal':
        if (!struck.has(line.id)) return `fault ${line.id} heals before it struck`;
        if (healed.has(line.id)) return `fault ${line.id} heals a second time`;
        healed.add(line.id);
        return undefined;
      case 'end':
        ended = true;
        return undefined;
      default:
        return undefined;
    }
  };
}

// What JSON.parse gives is JSON: these fields only have to be there.
const json = z.custom<Json>((value) => value !== undefined, { error: 'expected a value' });
const object = z.record(z.string(), z.unknown());
const count = z.int().min(0);
const time = z.number();
const evidence = z.array(z.object({ took: z.boolean(), how: z.string() }));
const completion = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ok'), output: json }),
  z.object({ type: z.literal('fail'), error: z.string() }),
  z.object({ type: z.literal('info'), error: z.string() }),
]);

const schemas = {
  header: z.object({
    t: z.literal('header'),
    pitchpole: z.literal(1),
    target: z.string(),
    pattern: z.string().optional(),
    flaw: z.string().optional(),
    twin: z.enum(['flawed', 'fixed']).optional(),
    world: z.enum(['sim', 'docker', 'process']),
    seed: z.number(),
    variant: object,
    nodes: z.array(z.string()),
    concurrency: count,
    workload: z.string(),
    model: z.string().optional(),
    schedule: z.array(
      z.object({ nemesis: z.string(), options: object, at: time, lasts: time, stream: count.optional() }),
    ),
    story: z
      .object({
        duration: time,
        operations: z.array(
          z.object({
            at: time,
            process: count,
            action: z.string(),
            input: json,
            key: z.string().optional(),
            node: z.string().optional(),
            phase: z.enum(['main', 'final']),
          }),
        ),
      })
      .optional(),
    facts: object.optional(),
  }),
  invoke: z.object({
    t: z.literal('invoke'),
    index: count,
    process: z.int(),
    node: z.string(),
    action: z.string(),
    key: z.string().optional(),
    input: json,
    phase: z.enum(['main', 'final']).optional(),
    at: time,
  }),
  return: z.object({ t: z.literal('return'), index: count, at: time, completion }),
  strike: z.object({
    t: z.literal('strike'),
    id: count,
    nemesis: z.string(),
    options: object,
    nodes: z.array(z.string()),
    what: z.string(),
    from: time,
    struck: evidence,
    skipped: z.string().optional(),
  }),
  heal: z.object({ t: z.literal('heal'), id: count, until: time, healed: evidence }),
  observe: z.object({
    t: z.literal('observe'),
    at: time,
    node: z.string(),
    state: json,
    metrics: z.record(z.string(), z.number()),
    leads: z.object({ term: z.number() }).optional(),
  }),
  event: z.object({
    t: z.literal('event'),
    at: time,
    node: z.string(),
    kind: z.enum(['started', 'stopped', 'killed', 'power-cut', 'paused', 'resumed', 'crashed', 'note']),
    name: z.string().optional(),
  }),
  message: z.object({
    t: z.literal('message'),
    id: count,
    from: z.string(),
    to: z.string(),
    kind: z.string(),
    sentAt: time,
    receivedAt: time.optional(),
    lost: z.string().optional(),
  }),
  end: z.object({ t: z.literal('end'), at: time }),
};

const lineTypes: readonly string[] = Object.keys(schemas);
const lineSchema = z.discriminatedUnion('t', [
  schemas.header,
  schemas.invoke,
  schemas.return,
  schemas.strike,
  schemas.heal,
  schemas.observe,
  schemas.event,
  schemas.message,
  schemas.end,
]);
