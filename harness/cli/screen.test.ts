import { describe, expect, it } from 'vitest';
import { createScreen } from './screen.ts';

const terminal = { write: () => true, isTTY: true, columns: 80 };
const pipe = { write: () => true };

describe('a screen', () => {
  it.each([
    ['a terminal', terminal, {}, 1, true],
    ['a pipe', pipe, {}, 0, false],
    ['a terminal with NO_COLOR', terminal, { NO_COLOR: '1' }, 0, true],
    ['an empty NO_COLOR, which is none', terminal, { NO_COLOR: '' }, 1, true],
    ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, 1, false],
    ['a pipe with FORCE_COLOR empty, as npm sets it', pipe, { FORCE_COLOR: '' }, 1, false],
    ['FORCE_COLOR=0 on a terminal', terminal, { FORCE_COLOR: '0' }, 0, true],
    ['NO_COLOR over FORCE_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, 0, true],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, 0, false],
    ['a terminal in CI', terminal, { CI: 'true' }, 1, false],
  ])('on %s has the colours and the redrawing that were asked for', (_what, stream, variables, colors, live) => {
    expect(createScreen(stream, variables)).toMatchObject({ colors, live });
  });
});
