import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HarnessError } from '../core/errors.ts';
import type { SuiteResult } from '../core/finding.ts';
import { linesOf } from '../core/history.ts';
import { ledger, nemeses, scenario, workloads } from './ledger.fixture.ts';
import { runOnce } from './run.ts';
import { createRunId, createStore, latestRun, parseHistory, readHistory, readSuite } from './store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pitchpole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = async (sink?: (line: string) => void, seed = 3) =>
  runOnce({
    target: ledger,
    scenario: { ...scenario, duration: 1_500_000_000 },
    variant: { sync: true },
    seed,
    world: 'sim',
    registries: { workloads, nemeses },
    messages: true,
    ...(sink === undefined ? {} : { sink }),
  });

const refused = (text: string): HarnessError => {
  try {
    parseHistory(text, 'h.jsonl');
  } catch (error) {
    expect(error).toBeInstanceOf(HarnessError);
    return error as HarnessError;
  }
  throw new Error('it was not refused');
};

describe('a history on disk', () => {
  test('what was written while the run went on is read back as it was in memory', async () => {
    const store = createStore(folder, 'run');
    const file = store.openHistory('one.jsonl');
    const { history } = await run(file.sink);
    file.close();
    expect(readHistory(join(store.folder, 'one.jsonl'))).toEqual({ history });
  });

  test('each line is in the file as soon as it happened', async () => {
    const store = createStore(folder, 'run');
    const file = store.openHistory('one.jsonl');
    let checked = 0;
    await run((line) => {
      file.sink(line);
      if (checked++ % 100 === 0)
        expect(readFileSync(join(store.folder, 'one.jsonl'), 'utf8').endsWith(`${line}\n`)).toBe(true);
    });
    expect(checked).toBeGreaterThan(300);
    file.close();
  });

  test('a history written at once is read back the same', async () => {
    const { history } = await run();
    createStore(folder, 'run').saveHistory('h.jsonl', linesOf(history));
    const { history: again } = readHistory(join(folder, 'run', 'h.jsonl'));
    expect({ ...again, messages: [], observations: [] }).toEqual({ ...history, messages: [], observations: [] });
    expect(again.messages.length).toBe(history.messages.length);
  });

  test('a file cut off anywhere behind its header is readable, a torn last line is told', async () => {
    const lines: string[] = [];
    await run((line) => lines.push(line));
    const text = `${lines.join('\n')}\n`;
    const start = (lines[0] as string).length + 1;
    for (let cut = start; cut < text.length; cut += 997) {
      const { history, torn } = parseHistory(text.slice(0, cut), 'h.jsonl');
      expect(history.complete).toBe(false);
      // Cut off just before a newline, the line is whole.
      expect(torn === undefined).toBe(text[cut - 1] === '\n' || text[cut] === '\n');
    }
    const { torn } = parseHistory(text.slice(0, start + 20), 'h.jsonl');
    expect(torn).toBe('line 2 is torn after 20 bytes and was left out: the run was cut short there');
    const open = parseHistory(lines.filter((line) => !line.startsWith('{"t":"return"')).join('\n'), 'h.jsonl');
    expect(open.history.operations.every(({ completion }) => completion.type === 'info')).toBe(true);
  });
});

describe('a malformed history is refused with file, line and field', () => {
  const header =
    '{"t":"header","pitchpole":1,"target":"x","world":"sim","seed":1,"variant":{},"nodes":["n1"],"concurrency":1,"workload":"w","schedule":[]}';
  const invoke = '{"t":"invoke","index":0,"process":0,"node":"n1","action":"read","input":null,"at":1}';
  const end = '{"t":"end","at":9}';
  test.each([
    ['', 'h.jsonl:1: the file is empty'],
    ['{"t":"end","at":9}\n', 'h.jsonl:1: expected the header, found a line of type `end`'],
    [header.replace('"pitchpole":1', '"pitchpole":2'), 'h.jsonl:1: `pitchpole` of a line of type `header`: '],
    [`${header}\nnonsense\n${end}\n`, 'h.jsonl:2: expected a line of JSON, found `nonsense`'],
    [`${header}\n\n${end}\n`, 'h.jsonl:2: expected a line of the history, found an empty one'],
    [`${header}\n{"t":"dance"}\n`, 'h.jsonl:2: expected a line whose `t` is one of header, invoke, return'],
    [`${header}\n[1,2]\n`, 'h.jsonl:2: expected a line whose `t` is one of'],
    [
      `${header}\n${invoke.replace('"at":1', '"at":"noon"')}\n`,
      '`at` of a line of type `invoke`: expected number, found "noon"',
    ],
    [`${header}\n${invoke.replace('"input":null,', '')}\n`, '`input` of a line of type `invoke`: '],
    [`${header}\n${invoke.replace('"index":0', '"index":7')}\n`, 'h.jsonl:2: expected operation 0, found 7'],
    [
      `${header}\n{"t":"return","index":0,"at":2,"completion":{"type":"ok","output":1}}\n`,
      'operation 0 returns before it was invoked',
    ],
    [
      `${header}\n${invoke}\n{"t":"return","index":0,"at":2,"completion":{"type":"maybe"}}\n`,
      '`completion.type` of a line of type `return`: ',
    ],
    [
      `${header}\n${invoke}\n{"t":"return","index":0,"at":0,"completion":{"type":"ok","output":1}}\n`,
      'operation 0 returns before its call, at 0',
    ],
    [`${header}\n{"t":"heal","id":3,"until":2,"healed":[]}\n`, 'fault 3 heals before it struck'],
    [`${header}\n${end}\n${invoke}\n`, 'h.jsonl:3: found a line of type `invoke` after the end'],
    [`${header}\n${header}\n`, 'h.jsonl:2: found a second header'],
  ])('%#: …%s', (text, expected) => {
    const error = refused(text);
    expect(error.message).toContain(expected);
    expect(error.code).toBe('bad-input');
    expect(error.hint).not.toBe('');
  });

  test('a file that is not there is told', () => {
    expect(() => readHistory(join(folder, 'none.jsonl'))).toThrow('none.jsonl` cannot be read: it does not exist.');
  });
});

describe('the result of a suite', () => {
  const suite = async (): Promise<SuiteResult> => {
    const pattern = ledger.patterns[0];
    const flaw = pattern?.flaws[0];
    if (pattern === undefined || flaw === undefined) throw new Error('the fixture has no pattern');
    const { history, interrupted: _, ...result } = await run();
    const found = {
      flaw,
      status: 'reproduced',
      because: 'it was',
      flawed: { ...result, file: 'h.jsonl', history },
      flawedTried: 1,
      fixedTried: 0,
      fixedConvicted: [],
      fixedUnknown: 0,
      operations: 1,
      faults: 0,
    } as const;
    return {
      id: 'run',
      version: '0',
      world: 'sim',
      baseSeed: 1,
      seeds: 1,
      findings: [{ pattern, target: 'ledger', world: 'sim', status: 'reproduced', flaws: [found], milliseconds: 1 }],
      milliseconds: 1,
      interrupted: false,
      environment: {},
    };
  };

  test('is read back with its histories, and without functions', async () => {
    const result = await suite();
    const store = createStore(folder, 'run');
    const flawed = result.findings[0]?.flaws[0]?.flawed;
    if (flawed?.history === undefined) throw new Error('no history');
    const lines: string[] = [];
    await run((line) => lines.push(line));
    store.saveHistory('h.jsonl', lines);
    store.saveResult(result);
    expect(readFileSync(join(folder, 'run', 'result.json'), 'utf8')).not.toContain('"operations": [');
    const again = readSuite(store.folder);
    expect(again.findings[0]?.flaws[0]?.flawed?.history).toEqual(flawed.history);
    expect(again.findings[0]?.pattern.card).toEqual(result.findings[0]?.pattern.card);
    expect(again.findings[0]?.flaws[0]?.flaw.signal?.quote).toBe('numbers go missing');
    expect(readdirSync(store.folder).toSorted()).toEqual(['h.jsonl', 'result.json']);
  });

  test('is refused where there is none, or where it is something else', () => {
    expect(() => readSuite(folder)).toThrow('there is no `result.json` in it');
    writeFileSync(join(folder, 'result.json'), '{"id":1}');
    expect(() => readSuite(folder)).toThrow('is not a result of pitchpole: id: ');
    appendFileSync(join(folder, 'result.json'), '}');
    expect(() => readSuite(folder)).toThrow('is not JSON');
  });

  test('ids sort by time and tell the seed; the newest run with a result is found', async () => {
    const ids = [new Date('2026-01-02T03:04:05Z'), new Date('2026-01-02T03:04:06Z')].map((date) =>
      createRunId(0x5eed, date),
    );
    expect(ids).toEqual(['2026-01-02-030405-00005eed', '2026-01-02-030406-00005eed']);
    expect(latestRun(folder)).toBeUndefined();
    for (const id of ids) createStore(folder, id).saveResult(await suite());
    createStore(folder, '2027');
    expect(latestRun(folder)).toBe(ids[1]);
    expect(latestRun(join(folder, 'nowhere'))).toBeUndefined();
  });
});
