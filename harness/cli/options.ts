/**
 * The one table of all settings. Flag, environment variable, key of `pitchpole.config.ts`, default and help come from
 * the same row, so none of them can drift.
 *
 * Flag over environment over config file over default; `--show-config` says where each value came from.
 */
import { Option } from 'commander';
import { HarnessError } from '../core/errors.ts';
import type { Weather } from '../core/target.ts';
import type { WorldKind } from '../core/types.ts';
import type { Overrides } from '../run/circumstances.ts';
import * as read from './values.ts';
import { readWeather } from './weather.ts';

interface Row<T> {
  /** As commander wants them: `-w, --world <world>`; a row without `<value>` is a switch. */
  readonly flags: string;
  readonly about: string;
  readonly read: read.Reader<T>;
  /** Where nothing was said; undefined leaves the choice to the run. */
  readonly fallback: T | undefined;
  /** What undefined comes to, in words. */
  readonly fallbackText?: string;
  /** May be given more than once, or with commas between. */
  readonly many?: boolean;
  /** The config file may hold data in place of text; it is read as JSON. */
  readonly data?: boolean;
}

const row = <T>(row: Row<T>): Row<T> => row;

const reporterNames = ['list', 'line', 'json', 'junit', 'html'] as const;
export type ReporterName = (typeof reporterNames)[number];

export const table = {
  world: row({
    flags: '-w, --world <world>',
    about: 'where to run: sim (simulator), docker (containers) or process (a program of your own, see --bin)',
    read: read.choice('sim', 'docker', 'process'),
    fallback: 'sim' as WorldKind,
  }),
  grep: row({
    flags: '-g, --grep <regexp>',
    about: 'only patterns whose id or title matches',
    read: read.pattern,
    fallback: undefined as string | undefined,
    fallbackText: 'all',
  }),
  seed: row({
    flags: '--seed <seed>',
    about: 'base seed; run i uses seed + i',
    read: read.seed,
    fallback: undefined as number | undefined,
    fallbackText: 'drawn at random and printed first',
  }),
  seeds: row({
    flags: '--seeds <count>',
    about: 'seeds for each variant of each pattern',
    read: read.wholeNumber(1, 1_000_000),
    fallback: undefined as number | undefined,
    fallbackText: '200 in sim, 1 in docker',
  }),
  duration: row({
    flags: '--duration <time>',
    about: "length of the load, instead of the scenario's",
    read: read.duration,
    fallback: undefined as number | undefined,
    fallbackText: 'as the pattern says',
  }),
  rate: row({
    flags: '--rate <number>',
    about: "operations per second over all clients, instead of the scenario's",
    read: read.positiveNumber,
    fallback: undefined as number | undefined,
    fallbackText: 'as the pattern says',
  }),
  concurrency: row({
    flags: '--concurrency <count>',
    about: "clients at work at once, instead of the scenario's",
    read: read.wholeNumber(1, 1000),
    fallback: undefined as number | undefined,
    fallbackText: 'as the pattern says',
  }),
  nodes: row({
    flags: '--nodes <count>',
    about: "size of the cluster, instead of the target's",
    read: read.wholeNumber(1, 99),
    fallback: undefined as number | undefined,
    fallbackText: 'as the target says',
  }),
  workload: row({
    flags: '--workload <name>',
    about: "what the clients do, instead of the scenario's",
    read: read.word,
    fallback: undefined as string | undefined,
    fallbackText: 'as the pattern says',
  }),
  nemesis: row({
    flags: '--nemesis <name>',
    about: "what goes wrong, instead of the scenario's faults",
    read: read.word,
    fallback: undefined as string | undefined,
    fallbackText: 'as the pattern says',
  }),
  weather: row({
    flags: '--weather <weather>',
    about:
      "calm, breeze, gale, hurricane, a JSON file or JSON: what goes wrong and when, instead of the scenario's faults",
    read: readWeather,
    fallback: undefined as readonly Weather[] | undefined,
    fallbackText: 'as the pattern says',
    data: true,
  }),
  stopEarly: row({
    flags: '--stop-early',
    about: 'end a run as soon as its history is convicted, while it goes on',
    read: read.yesOrNo,
    fallback: false,
  }),
  bin: row({
    flags: '--bin <command>',
    about: 'the program that is a node, in the Maelstrom protocol; for the world process',
    read: read.word,
    fallback: undefined as string | undefined,
    fallbackText: 'none',
  }),
  consistency: row({
    flags: '--consistency <level>',
    about: 'what transactions of a program must be, such as serializable; for txn-list-append',
    read: read.word,
    fallback: undefined as string | undefined,
    fallbackText: 'strict-serializable',
  }),
  variant: row({
    flags: '--variant <variant>',
    about: 'flawed, fixed or both twins',
    read: read.choice('flawed', 'fixed', 'both'),
    fallback: 'both' as 'flawed' | 'fixed' | 'both',
  }),
  workers: row({
    flags: '-j, --workers <count>',
    about: 'worker threads of the simulator; 0 for none',
    read: read.wholeNumber(0, 256),
    fallback: undefined as number | undefined,
    fallbackText: 'one a core',
  }),
  bail: row({
    flags: '-x, --bail',
    about: 'stop at the first pattern that is not as expected',
    read: read.yesOrNo,
    fallback: false,
  }),
  reporter: row({
    flags: '--reporter <name>',
    about: `${reporterNames.join(', ')}; may be repeated`,
    read: read.choice(...reporterNames),
    fallback: undefined as ReporterName | undefined,
    fallbackText: 'list, html',
    many: true,
  }),
  out: row({
    flags: '--out <folder>',
    about: 'where results go',
    read: read.word,
    fallback: '.pitchpole/runs',
  }),
  json: row({
    flags: '--json',
    about: 'print one JSON document and nothing else',
    read: read.yesOrNo,
    fallback: false,
  }),
  failOn: row({
    flags: '--fail-on <status>',
    about: '`unknown`: exit with 2 where nothing worse than unknown was found',
    read: read.choice('unknown'),
    fallback: undefined as 'unknown' | undefined,
    fallbackText: 'unknown does not fail',
  }),
  keepCluster: row({
    flags: '--keep-cluster',
    about: 'leave the last containers running, to look into them',
    read: read.yesOrNo,
    fallback: false,
  }),
} as const;

export type SettingName = keyof typeof table;
type ValueOf<K extends SettingName> = (typeof table)[K] extends Row<infer T> ? T : never;
export type Settings = {
  readonly [K in SettingName]: K extends 'reporter' ? readonly ReporterName[] : ValueOf<K>;
};

export type Origin = 'flag' | 'environment' | 'config' | 'default';

/** The environment variable of a setting: `failOn` is `PITCHPOLE_FAIL_ON`. */
export const variableOf = (name: SettingName): string =>
  `PITCHPOLE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The row as an option of commander; its text stays text, since `settle` reads it. */
export function optionOf(name: SettingName): Option {
  const { flags, about, fallback, fallbackText, many } = table[name] as Row<unknown>;
  const shown = fallbackText ?? (fallback === false || fallback === undefined ? '' : String(fallback));
  const option = new Option(flags, `${about}${shown === '' ? '' : ` (default: ${shown})`} [${variableOf(name)}]`);
  return many
    ? option.argParser((text: string, previous: readonly string[] | undefined) => [...(previous ?? []), text])
    : option;
}

export interface Settled {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

/**
 * @param flags what commander read, by the attribute names of the flags, which are the keys of the table
 * @param config the settings of the config file, by key
 */
export function settle(
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
  config: Readonly<Record<string, unknown>>,
): Settled {
  const settings: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const name of Object.keys(table) as SettingName[]) {
    const { value, origin } = settleOne(name, flags[name], environment[variableOf(name)], config[name]);
    settings[name] = value;
    origins[name] = origin;
  }
  return { settings: settings as Settings, origins: origins as Record<SettingName, Origin> };
}

/** What of the settings changes the circumstances of each run. */
export function overridesOf(settings: Settings): Overrides {
  const { nodes, duration, rate, concurrency, workload, nemesis, weather } = settings;
  const stopEarly = settings.stopEarly || undefined;
  const all = { nodes, duration, rate, concurrency, workload, nemesis, weather, stopEarly };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The same as a person types it: for the commands that a report offers. */
export const flagsOf = ({ duration, weather, stopEarly, ...plain }: Overrides): string[] => [
  ...(stopEarly ? ['--stop-early'] : []),
  ...(weather === undefined ? [] : ['--weather', `'${JSON.stringify(weather)}'`]),
  ...(duration === undefined ? [] : ['--duration', `${duration / 1e6}ms`]),
  ...Object.entries(plain).flatMap(([name, value]) => [`--${name}`, String(value)]),
];

function settleOne(
  name: SettingName,
  flag: unknown,
  variable: string | undefined,
  configured: unknown,
): { value: unknown; origin: Origin } {
  const { flags, fallback, many, data } = table[name] as Row<unknown>;
  const reader = table[name].read as read.Reader<unknown>;
  const readAll = (given: unknown, spelled: string): unknown => {
    if (data) return reader(typeof given === 'string' ? given : JSON.stringify(given), spelled);
    const texts = (Array.isArray(given) ? given : [given]).flatMap((item: unknown) => {
      if (!['string', 'number', 'boolean'].includes(typeof item))
        throw new HarnessError({
          code: 'bad-usage',
          message: `${spelled} does not take \`${JSON.stringify(item)}\`.`,
          hint: 'Give a string, a number or a boolean.',
        });
      return many ? String(item).split(',') : [String(item)];
    });
    return many ? texts.map((text) => reader(text, spelled)) : reader(texts[0] ?? '', spelled);
  };
  if (flag !== undefined) return { value: readAll(flag, longFlag(flags)), origin: 'flag' };
  if (variable !== undefined && variable !== '')
    return { value: readAll(variable, variableOf(name)), origin: 'environment' };
  if (configured !== undefined)
    return { value: readAll(configured, `\`${name}\` in the config file`), origin: 'config' };
  return { value: many ? [] : fallback, origin: 'default' };
}

/** As a person types it. */
export const longFlagOf = (name: SettingName): string => longFlag(table[name].flags);

const longFlag = (flags: string): string => /--[a-z-]+/.exec(flags)?.[0] ?? flags;
