import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nemeses } from '../../nemeses/index.ts';
import { presets } from '../../nemeses/presets.ts';
import { HarnessError } from '../core/errors.ts';
import { nemesesOf } from '../core/weather.ts';
import { readWeather } from './weather.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitchpole-weather-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (value: unknown) => readWeather(JSON.stringify(value), '--weather');

function refused(text: string): string {
  try {
    readWeather(text, '--weather');
  } catch (error) {
    if (error instanceof HarnessError) return `${error.code}: ${error.message} ${error.hint}`;
    throw error;
  }
  return 'it was taken';
}

describe('readWeather', () => {
  it('takes the name of a preset, and each calls only nemeses that exist', () => {
    for (const [name, weather] of Object.entries(presets)) {
      expect(readWeather(name, '--weather')).toBe(weather);
      for (const nemesis of weather.flatMap(nemesesOf)) expect(Object.keys(nemeses)).toContain(nemesis);
    }
  });

  it('takes JSON with times in words, one weather or a list', () => {
    const kill = { nemesis: 'kill', lasts: '500ms' };
    expect(read(kill)).toEqual([{ nemesis: 'kill', lasts: 500_000_000 }]);
    expect(read([{ every: ['2s', '5s'], of: { ...kill, lasts: '10%' } }])).toEqual([
      { every: [2e9, 5e9], of: { nemesis: 'kill', lasts: { share: [0.1, 0.1] } } },
    ]);
    expect(
      read({
        mix: [
          [3, kill],
          [1, { swarm: [kill], keep: 0.2 }],
        ],
      }),
    ).toHaveLength(1);
  });

  it('takes back what a report prints: presets as data', () => {
    for (const weather of Object.values(presets)) expect(read(weather)).toEqual(weather);
  });

  it('takes a file', () => {
    const file = join(folder, 'storm.json');
    writeFileSync(file, '{ "at": "1s", "of": { "nemesis": "pause", "lasts": ["1s", "2s"] } }');
    expect(readWeather(file, '--weather')).toEqual([{ at: 1e9, of: { nemesis: 'pause', lasts: [1e9, 2e9] } }]);
  });

  it.each([
    ['gael', /bad-usage: .*no weather and no file `gael`.*`gale`/],
    ['[{"every": "2x", "of": {"nemesis": "kill", "lasts": "1s"}}]', /`0\.every`: `"2x"` is no time/],
    ['{"nemesis": "kill", "last": "1s"}', /`0\.lasts`/],
    ['{"sometimes": 1}', /expected one of nemesis, at, every/],
    ['{"every": "1s", "of": {"mix": [["1s", 2]]}}', /`0\.of\.mix\.0\.0`/],
    ['[{', /is not JSON/],
  ])('refuses %s, and says where', (text, message) => {
    expect(refused(text)).toMatch(message);
  });
});
