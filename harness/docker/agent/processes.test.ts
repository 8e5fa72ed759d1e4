import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { isAwake, isGone, isStopped, parseState, settled, signal } from './processes.ts';

test('the state is read from the status page, whatever the process is called', () => {
  expect(parseState('Name:\tState: Z\nState:\tT (stopped)\n')).toBe('T');
  expect(parseState('Name:\tnode\n')).toBe(undefined);
});

test.skipIf(process.platform !== 'linux')('a process is seen to stop, to go on and to be gone', async () => {
  const { pid = 0 } = spawn('sleep', ['60']);
  expect(await settled([pid], isAwake)).toEqual([]);
  signal(pid, 'SIGSTOP');
  expect(await settled([pid], isStopped)).toEqual([]);
  expect(await settled([pid], isAwake, 20)).toEqual([pid]);
  signal(pid, 'SIGCONT');
  expect(await settled([pid], isAwake)).toEqual([]);
  signal(pid, 'SIGKILL');
  expect(await settled([pid], isGone)).toEqual([]);
  expect(() => signal(pid, 'SIGKILL')).not.toThrow();
});
