/**
 * Sees to it that no process outlives its run, though the controller be killed with -9: a small process in a session of
 * its own that waits for its standard input to end, and then kills all that bears the run's mark and removes the folder.
 *
 * The one surprise: a mark, not a list of ids. It stands in the environment of each node's process, and so of everything
 * that this starts in turn, wherever that may have run off to; a list would have to be told, and the teller may be dead.
 * Without /proc (not Linux) there is no reading of environments, and the process groups it was told of must do.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The environment variable that marks the processes of a run. */
export const markVariable = 'PITCHPOLE_PROCESS_RUN';

export interface Watchdog {
  /** Told of each process group, for systems without /proc. */
  guard(group: number): void;
  release(group: number): void;
  /** Kills what is left of the run and removes its folder. Idempotent. */
  finish(): Promise<void>;
}

/**
 * @param mark the value of `markVariable` in the run's processes
 * @param folder is removed at the end
 */
export function startWatchdog(mark: string, folder: string): Watchdog {
  const child = spawn(process.execPath, ['-e', program, '--', `${markVariable}=${mark}`, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: {},
  });
  const gone = once(child, 'exit').catch(() => undefined);
  child.stdin.on('error', () => {});
  // It must not keep this process alive: it is the one that outlives.
  child.unref();
  const tell = (line: string): void => {
    child.stdin.write(`${line}\n`);
  };
  return {
    guard: (group) => tell(`+ ${group}`),
    release: (group) => tell(`- ${group}`),
    async finish() {
      child.ref();
      child.stdin.end();
      await gone;
    },
  };
}

/** Plain JavaScript as text: the same from the sources, from a test and from the built package. */
const program = `
const { readdirSync, readFileSync, rmSync } = require('node:fs');
const [mark, folder] = process.argv.slice(1);
const groups = new Set();
let rest = '';
const kill = (id) => {
  try {
    process.kill(id, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
};
const marked = () => {
  let all;
  try {
    all = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  } catch {
    return [];
  }
  return all.filter((name) => {
    try {
      return readFileSync('/proc/' + name + '/environ', 'latin1').split('\\0').includes(mark);
    } catch {
      return false;
    }
  });
};
const reap = (round) => {
  if (process.platform !== 'linux') for (const group of groups) kill(-group);
  const left = marked();
  for (const id of left) kill(Number(id));
  if (left.length > 0 && round < 100) {
    setTimeout(reap, 20, round + 1);
    return;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
let ended = false;
const end = () => {
  if (ended) return;
  ended = true;
  reap(0);
};
process.stdin
  .setEncoding('utf8')
  .on('data', (text) => {
    const lines = (rest + text).split('\\n');
    rest = lines.pop();
    for (const line of lines) {
      const [what, id] = line.split(' ');
      if (what === '+') groups.add(Number(id));
      else groups.delete(Number(id));
    }
  })
  .on('end', end)
  .on('error', end);
`;
