#!/usr/bin/env node
/**
 * Where the process begins and ends: the only file that touches arguments, signals and exit codes.
 *
 * Ctrl-C once stops striking, mends, writes the report and ends with 130. Twice: containers are removed by label and
 * the process ends at once.
 */
import { readFileSync } from 'node:fs';
import { exitCodes } from '../core/errors.ts';
import { runProgram } from './program.ts';
import { createScreen } from './screen.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);

// A reader that closes the pipe early (`| head`) has seen what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), {
  version: version(),
  stdout: createScreen(process.stdout, process.env),
  stderr: createScreen(process.stderr, process.env),
  variables: process.env,
  folder: process.cwd(),
  signal: interruption.signal,
});

function interrupt(): void {
  if (!interruption.signal.aborted) {
    process.stderr.write('\nStopping: faults are mended and the report is written. Once more to stop at once.\n');
    interruption.abort();
    return;
  }
  import('./scuttle.ts')
    .then(({ scuttle }) => scuttle())
    .catch((error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`))
    .finally(() => process.exit(exitCodes.interrupted));
}

/** From the package's own manifest, which lies one folder higher above the compiled file than above the source. */
function version(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'pitchpole' && manifest.version !== undefined) return manifest.version;
    } catch {
      // Not there: the other one is.
    }
  }
  return '0.0.0';
}
