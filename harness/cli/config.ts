/**
 * Finds and reads `pitchpole.config.ts`. It is loaded through jiti, so TypeScript needs no build; `import 'pitchpole'`
 * inside it means this very package, whatever is installed beside the file.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.ts';
import { HarnessError } from '../core/errors.ts';
import { table } from './options.ts';
import { suggestion } from './values.ts';

const names = ['pitchpole.config.ts', 'pitchpole.config.mts', 'pitchpole.config.js', 'pitchpole.config.mjs'];
const guests = ['targets', 'workloads', 'nemeses'] as const;

/** The config file's path: the one that was asked for, else one in `folder`, else undefined. */
export function findConfig(folder: string, asked?: string): string | undefined {
  if (asked !== undefined) {
    const file = resolve(folder, asked);
    if (existsSync(file)) return file;
    throw new HarnessError({
      code: 'bad-usage',
      message: `There is no config file \`${asked}\`.`,
      hint: 'Give --config the path of a file, or leave it out.',
    });
  }
  return names.map((name) => resolve(folder, name)).find((file) => existsSync(file));
}

export async function loadConfig(file: string): Promise<Config> {
  const { createJiti } = await import('jiti');
  const door = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js', import.meta.url));
  const jiti = createJiti(import.meta.url, { alias: { pitchpole: door }, moduleCache: true });
  let config: unknown;
  try {
    config = await jiti.import(file, { default: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new HarnessError({
      code: 'bad-usage',
      message: `The config file \`${file}\` cannot be loaded (${reason}).`,
      hint: 'Mend the file, or name another one with --config.',
      cause,
    });
  }
  check(config, file);
  return config;
}

function check(config: unknown, file: string): asserts config is Config {
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw wrong(file, 'does not export a config as its default', 'Write `export default defineConfig({ … })`.');
  const known = [...guests, ...Object.keys(table)];
  for (const key of Object.keys(config)) {
    if (known.includes(key)) continue;
    const near = suggestion(key, known);
    throw wrong(
      file,
      `has a key \`${key}\` that means nothing`,
      near === '' ? `It may have ${known.join(', ')}.` : near,
    );
  }
  for (const kind of guests) {
    const list = (config as Record<string, unknown>)[kind];
    if (list === undefined) continue;
    const wellFormed =
      Array.isArray(list) &&
      list.every(
        (item: unknown) => typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string',
      );
    if (!wellFormed)
      throw wrong(
        file,
        `has \`${kind}\` that are not a list of named objects`,
        'Give a list of what `define…` returned.',
      );
  }
}

const wrong = (file: string, what: string, hint: string): HarnessError =>
  new HarnessError({ code: 'bad-usage', message: `The config file \`${file}\` ${what}.`, hint });
