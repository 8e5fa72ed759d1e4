// Finds a container engine, or on Debian as root installs and starts one. Exit code: 0 the container suites can run,
// 75 they are skipped (one loud line says why), 1 they cannot run although PITCHPOLE_REQUIRE_CONTAINERS=1 says they must.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { conclude, hasCommand, install, lastLine, whyNotInstall } from './debian.mjs';

const socket = '/var/run/docker.sock';
const log = '/var/log/pitchpole-dockerd.log';

const problem = await ensureEngine();
conclude('the container suites', problem, process.env.PITCHPOLE_REQUIRE_CONTAINERS === '1');

/** Why there is no engine, or undefined where there is one. */
async function ensureEngine() {
  const first = await ping();
  if (first === undefined) return undefined;
  // A host that the user chose is not for us to start.
  if (process.env.DOCKER_HOST) return `DOCKER_HOST=${process.env.DOCKER_HOST} does not answer (${first})`;
  const forbidden = whyNotInstall();
  if (forbidden !== undefined) return `no Docker engine answers (${first}), and none may be installed: ${forbidden}`;
  // A client of another make may be there already; only the engine and the packet filter count.
  if (!hasCommand('dockerd') || !hasCommand('iptables')) {
    const failure = install('docker.io', 'iptables');
    if (failure !== undefined) return `docker.io could not be installed (${failure})`;
  }
  if (existsSync('/run/systemd/system')) {
    spawnSync('systemctl', ['start', 'docker'], { stdio: 'inherit' });
    return (await answersWithin(60_000, () => false)) ? undefined : 'systemd’s docker service does not answer';
  }
  console.log(`starting dockerd, log in ${log}`);
  mkdirSync('/var/log', { recursive: true });
  const output = openSync(log, 'a');
  const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', output, output] });
  daemon.unref();
  closeSync(output);
  let ended = false;
  daemon.once('exit', () => {
    ended = true;
  });
  if (await answersWithin(60_000, () => ended)) return undefined;
  const words = existsSync(log) ? lastLine(readFileSync(log, 'utf8')) : '';
  return `dockerd ${ended ? 'ended' : 'does not answer'}: ${words}`;
}

async function answersWithin(limitMs, hopeless) {
  for (const end = Date.now() + limitMs; Date.now() < end && !hopeless(); await sleep(100)) {
    if ((await ping()) === undefined) return true;
  }
  return false;
}

/** Why the engine does not answer, or undefined where it does. */
function ping() {
  const host = process.env.DOCKER_HOST;
  const { protocol, hostname, port } = host?.startsWith('tcp://') ? new URL(host) : {};
  const where = protocol ? { hostname, port } : { socketPath: host?.replace(/^unix:\/\//, '') || socket };
  return new Promise((resolve) => {
    const asked = request({ ...where, path: '/_ping', timeout: 3000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? undefined : `HTTP ${answer.statusCode}`);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in 3 s')));
    asked.on('error', (error) => resolve(error.message));
    asked.end();
  });
}
