import { expect, it } from 'vitest';
import { fixtureSuite } from '../fixtures.ts';
import { renderIndex } from './render.ts';

const marks = [
  { name: 'a log was cut', runs: 5, wanted: 1 },
  { name: 'a leader fell', runs: 1, wanted: 3 },
  { name: 'a vote was refused', runs: 0, wanted: 1 },
];

it('the index says where the runs came by, and first where they never did', () => {
  const page = renderIndex({ ...fixtureSuite(), coverage: [{ target: 'raft', marks }] });
  const section = page.slice(page.indexOf('Where the runs of raft came by'));
  const told = [...section.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)]
    .slice(0, 3)
    .map(([, name, seen]) => [name, seen]);
  expect(told).toEqual([
    ['a vote was refused', 'never'],
    ['a leader fell', '1 run of 3 wanted'],
    ['a log was cut', '5 runs'],
  ]);
});

it('without marks there is no such section', () => {
  expect(renderIndex(fixtureSuite())).not.toContain('Where the runs of');
});
