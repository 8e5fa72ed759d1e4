/**
 * Programs of one's own, as a person runs them: the example nodes and their flawed twins, programs that do not speak as
 * they should, and a controller that is killed with -9.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { root, run, start } from './testing/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitchpole-process-e2e-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = `python3 ${root}examples/process/node.py`;
const javascript = `${process.execPath} ${root}examples/process/node.mjs`;
const words = (workload: string, bin: string, ...more: readonly string[]): string[] => [
  ...['run', '-w', 'process', '--workload', workload, '--bin', bin, '--duration', '2s'],
  ...more,
];

/** Command lines of living processes that bear a text. */
const alive = (text: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(text) && !line.includes('--bin') ? [line] : [];
      } catch {
        return [];
      }
    });

describe('an example node', () => {
  it.each([
    ['lin-kv', python, ['--nemesis', 'partition', '--nodes', '5']],
    ['broadcast', javascript, ['--nemesis', 'kill']],
    ['txn-list-append', javascript, ['--consistency', 'serializable']],
  ])('of %s is acquitted', async (workload, bin, more) => {
    const { code, out } = await run(words(workload, `${bin} ${workload}`, '--fail-on', 'unknown', ...more), folder);
    expect(out).toContain('held');
    expect(code).toBe(0);
  });

  it.each([
    ['unique-ids', python, 'duplicate-id'],
    ['kafka', javascript, 'inconsistent-offsets'],
  ])(
    'of %s with its flaw is convicted, and its log and history lie beside the report',
    async (workload, bin, anomaly) => {
      const out = join(folder, workload);
      const ended = await run(words(workload, `${bin} ${workload} flawed`, '--out', out), folder);
      expect(ended.out).toContain('BROKEN');
      expect(ended.out).toContain(`npx pitchpole run -w process --bin '${bin} ${workload} flawed'`);
      expect(ended.code).toBe(1);
      const [id] = readdirSync(out);
      const files = readdirSync(join(out, id as string));
      expect(files).toEqual(expect.arrayContaining([`program-${workload}.jsonl`, `program-${workload}.n1.log`]));
      const checked = await run(['check', join(out, id as string, `program-${workload}.jsonl`), '--json'], folder);
      expect(checked.out).toContain(anomaly);
      expect(checked.code).toBe(1);
    },
  );
});

describe('a program that does not speak as it should', () => {
  const program = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return `${process.execPath} ${name}`;
  };

  it('is told the line that is no message', async () => {
    const bin = program('talker.mjs', "console.log('listening'); setTimeout(() => {}, 1e6);");
    const { code, err } = await run(words('echo', bin, '--nodes', '1'), folder);
    expect(err).toContain(
      'n1 printed a line that is no message: line 1 of its standard output is not JSON: `listening`',
    );
    expect(code).toBe(64);
  });

  it('is told its last words where it does not come up', async () => {
    const bin = program('dead.mjs', "console.error('no such port'); process.exit(3);");
    const { code, err } = await run(words('echo', bin, '--nodes', '1'), folder);
    expect(err).toContain('n1 did not come up: on `init` it exited with code 3. Its last words: no such port');
    expect(code).toBe(64);
  });

  it('is told which answer is not what the protocol says', async () => {
    // A set answers `read` with a `value`, and who broadcasts wants `messages`.
    const { code, err } = await run(words('broadcast', `${javascript} g-set`), folder);
    expect(err).toMatch(
      /n\d answered `read` with what lacks what that answer must have: \{"type":"read_ok","value":\[\]/,
    );
    expect(code).toBe(64);
  });

  it('is not acquitted where it refuses everything', async () => {
    const { code, out } = await run(words('unique-ids', `${javascript} echo`, '--fail-on', 'unknown'), folder);
    expect(out).toContain('unknown');
    expect(code).toBe(2);
  });
});

describe('a controller that is killed with -9', () => {
  it('leaves no process and no folder behind', async () => {
    const mark = `left-${process.pid}`;
    // It starts a process of its own in another session, which no signal to its group would reach.
    writeFileSync(
      join(folder, `${mark}.py`),
      [
        'import json, subprocess, sys, os',
        `subprocess.Popen(["sleep", "1000"], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)`,
        'print(os.getcwd(), file=sys.stderr, flush=True)',
        'for line in sys.stdin:',
        '    m = json.loads(line)',
        '    body = {"type": m["body"]["type"] + "_ok", "echo": m["body"].get("echo"), "in_reply_to": m["body"]["msg_id"]}',
        '    print(json.dumps({"src": "n", "dest": m["src"], "body": body}), flush=True)',
      ].join('\n'),
    );
    const out = join(folder, 'killed');
    const { child, ended } = start(words('echo', `python3 ${mark}.py`, '--duration', '60s', '--out', out), folder);
    while (alive(`${mark}.py`).length < 3) await pause(20);
    const logs = readdirSync(out).map((id) => join(out, id, 'program-echo.n1.log'));
    while (readFileSync(logs[0] as string, 'utf8') === '') await pause(20);
    const home = readFileSync(logs[0] as string, 'utf8').trim();
    expect(existsSync(home)).toBe(true);
    child.kill('SIGKILL');
    await ended;
    const limit = Date.now() + 10_000;
    while ((alive(`${mark}.py`).length > 0 || existsSync(home)) && Date.now() < limit) await pause(20);
    expect(alive(`${mark}.py`)).toEqual([]);
    expect(existsSync(home)).toBe(false);
    const strays = readdirSync('/proc').filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/environ`, 'latin1').includes('PITCHPOLE_PROCESS_RUN=') &&
          readFileSync(`/proc/${name}/cmdline`, 'latin1').startsWith('sleep\x001000')
        );
      } catch {
        return false;
      }
    });
    expect(strays).toEqual([]);
  });
});
