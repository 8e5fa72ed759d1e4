import { describe, expect, it } from 'vitest';
import { HarnessError } from '../core/errors.ts';
import { optionOf, type SettingName, settle, table, variableOf } from './options.ts';

const names = Object.keys(table) as SettingName[];

describe('the table of settings', () => {
  it('gives every setting a flag whose attribute is its key, so that flag and config file cannot differ', () => {
    for (const name of names) expect(optionOf(name).attributeName()).toBe(name);
  });

  it('gives every setting a variable of its own', () => {
    expect(variableOf('failOn')).toBe('PITCHPOLE_FAIL_ON');
    expect(new Set(names.map(variableOf)).size).toBe(names.length);
  });

  it('tells the default of every setting in its help', () => {
    for (const name of names) {
      const { fallback, fallbackText } = table[name] as { fallback: unknown; fallbackText?: string };
      if (fallback !== false) expect(optionOf(name).description).toContain(`default: ${fallbackText ?? fallback}`);
    }
  });
});

describe('settle', () => {
  it('takes the flag over the environment over the config file over the default, and says which', () => {
    const environment = { PITCHPOLE_SEEDS: '3', PITCHPOLE_WORLD: 'docker' };
    const config = { seeds: 4, world: 'sim', rate: 50 };
    const { settings, origins } = settle({ seeds: '2' }, environment, config);
    expect(settings).toMatchObject({ seeds: 2, world: 'docker', rate: 50, variant: 'both' });
    expect(origins).toMatchObject({ seeds: 'flag', world: 'environment', rate: 'config', variant: 'default' });
  });

  it('reads times, seeds and lists', () => {
    const { settings } = settle({ duration: '1.5s', seed: '0x5eed', reporter: ['line,json', 'html'] }, {}, {});
    expect(settings).toMatchObject({ duration: 1_500_000_000, seed: 0x5eed, reporter: ['line', 'json', 'html'] });
  });

  it.each([
    [{ seeds: 'many' }, '--seeds does not take `many`.', 'whole number'],
    [{ seeds: '0' }, '--seeds does not take `0`.', 'from 1'],
    [{ world: 'dokcer' }, '--world does not take `dokcer`.', 'Did you mean `docker`?'],
    [{ seed: '0x1ffffffff' }, '--seed does not take `0x1ffffffff`.', '4294967295'],
    [{ duration: '30' }, '--duration does not take `30`.', 'unit'],
    [{ rate: '-1' }, '--rate does not take `-1`.', 'above 0'],
    [{ grep: '(' }, '--grep does not take `(`.', 'regular expression'],
    [{ reporter: ['htlm'] }, '--reporter does not take `htlm`.', 'Did you mean `html`?'],
  ])('refuses %j with the value and the remedy', (flags, message, hint) => {
    const error = thrownBy(() => settle(flags, {}, {}));
    expect(error).toMatchObject({ code: 'bad-usage', message });
    expect(error.hint).toContain(hint);
  });

  it('names the variable or the key where the mistake was made there', () => {
    expect(thrownBy(() => settle({}, { PITCHPOLE_SEEDS: 'x' }, {})).message).toContain('PITCHPOLE_SEEDS');
    expect(thrownBy(() => settle({}, {}, { seeds: 'x' })).message).toContain('`seeds` in the config file');
    expect(thrownBy(() => settle({}, {}, { seeds: { a: 1 } })).message).toContain('{"a":1}');
  });
});

function thrownBy(action: () => unknown): HarnessError {
  try {
    action();
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
