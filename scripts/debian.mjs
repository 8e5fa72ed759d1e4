// Installing what tests need beyond npm packages: only on a Debian whose root we are, and never on somebody's laptop.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Why nothing may be installed here, or undefined where it may. */
export function whyNotInstall(environment = process.env) {
  if (process.platform !== 'linux' || !isDebian()) return 'this is not Debian';
  if (process.getuid() !== 0) return 'this user is not root';
  if (environment.PITCHPOLE_INSTALL === '0') return 'PITCHPOLE_INSTALL=0 forbids it';
  const { CI, PITCHPOLE_INSTALL, PITCHPOLE_REQUIRE_CONTAINERS, PITCHPOLE_REQUIRE_BROWSER } = environment;
  if (CI === 'true' || [PITCHPOLE_INSTALL, PITCHPOLE_REQUIRE_CONTAINERS, PITCHPOLE_REQUIRE_BROWSER].includes('1'))
    return;
  // A person became root for a moment, or sits at a desktop: it is theirs to decide.
  const { SUDO_USER, DISPLAY, WAYLAND_DISPLAY } = environment;
  if (SUDO_USER || DISPLAY || WAYLAND_DISPLAY)
    return "this looks like a person's machine; PITCHPOLE_INSTALL=1 allows it";
}

/** Installs packages by the machine's own apt; returns why that failed, or undefined. */
export function install(...packages) {
  console.log(`installing ${packages.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const { status, stderr, stdout } = spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8' });
    if (status !== 0 && args[0] !== 'update') return lastLine(stderr || stdout) ?? 'apt-get failed';
  }
}

export const hasCommand = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

export const lastLine = (text) => text?.trim().split('\n').at(-1);

/** The script's end: 0 usable, 75 skipped, 1 where skipping is forbidden. */
export function conclude(what, problem, required) {
  if (problem === undefined) process.exit(0);
  if (required) {
    console.error(`✕ ${what} cannot run, and skipping is forbidden: ${problem}`);
    process.exit(1);
  }
  console.log(`\n!!!!  SKIPPED: ${what} will not run: ${problem}.  !!!!\n`);
  process.exit(75);
}

function isDebian() {
  const file = '/etc/os-release';
  return existsSync(file) && /^ID(_LIKE)?=.*debian/m.test(readFileSync(file, 'utf8')) && hasCommand('apt-get');
}
