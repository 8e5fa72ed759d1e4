/** `pitchpole report`: the reports of a stored run, poured again from what is stored; prints the path. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HarnessError } from '../../core/errors.ts';
import { latestRun, readSuite } from '../../run/store.ts';
import type { Context } from '../context.ts';
import { settle } from '../options.ts';
import { writeReportFiles } from '../reporting.ts';

export async function report(context: Context, run: string | undefined, flags: { out?: string }): Promise<number> {
  const { settings } = settle(flags, context.variables, {});
  const root = resolve(context.folder, settings.out);
  const folder = run === undefined ? newest(root, settings.out) : folderOf(run, root, context.folder);
  const suite = readSuite(folder);
  const paths = await writeReportFiles(suite, folder, { reporter: ['junit', 'html'], json: false });
  context.stdout.write(`${paths.at(-1)}\n`);
  return 0;
}

function newest(root: string, shown: string): string {
  const id = latestRun(root);
  if (id !== undefined) return join(root, id);
  throw new HarnessError({
    code: 'bad-input',
    message: `There is no run in \`${shown}\`.`,
    hint: 'Start one with `pitchpole run`, or say with --out where they are.',
  });
}

/** A folder, or the id of a run below the root. */
function folderOf(run: string, root: string, here: string): string {
  const found = [resolve(here, run), join(root, run)].find((folder) => existsSync(folder));
  if (found !== undefined) return found;
  throw new HarnessError({
    code: 'bad-input',
    message: `There is no run \`${run}\`.`,
    hint: `Give a folder, or one of those in \`${root}\`.`,
  });
}
