import { describe, expect, it } from 'vitest';
import { fixtureFinding, fixtureSuite } from './fixtures.ts';
import type { Screen } from './reporter.ts';
import { createTerminalReporter } from './terminal.ts';

function screens({ live = false, colors = 0 as Screen['colors'] } = {}) {
  const written = { product: '', chatter: '' };
  let clock = 0;
  const screen = (where: keyof typeof written): Screen => ({
    write(text) {
      written[where] += text;
    },
    live: where === 'chatter' && live,
    columns: 80,
    colors,
    now: () => clock,
  });
  return {
    written,
    options: { screen: screen('product'), chatter: screen('chatter') },
    pass(milliseconds: number) {
      clock += milliseconds;
    },
  };
}

const begun = { version: '1.2.3', world: 'sim' as const, baseSeed: 0x5eed1a7e, seeds: 200, patterns: ['a/b', 'a/c'] };

describe('the terminal', () => {
  it('says the base seed before anything else', () => {
    const { written, options } = screens();
    createTerminalReporter(options).start(begun);
    expect(written.product).toBe('pitchpole 1.2.3 · sim · 2 patterns · 200 seeds each · base seed 0x5eed1a7e\n\n');
  });

  it('has a line for a finished pattern, with both twins and the seed', () => {
    const { written, options } = screens();
    const reporter = createTerminalReporter(options);
    reporter.start(begun);
    reporter.finding(fixtureFinding());
    expect(written.product).toMatch(/✓ \S+ +reproduced +flawed ✕ at seed 0x5eed1a7e +fixed ✓ 200/);
  });

  it('tells what is not as expected in short at once and in full at the end, with a command to paste', () => {
    const { written, options } = screens();
    const reporter = createTerminalReporter(options);
    const finding = fixtureFinding({ status: 'regressed' });
    reporter.start(begun);
    reporter.finding(finding);
    expect(written.product).toMatch(/✕ \S+ +REGRESSED/);
    expect(written.product).not.toContain('replay');
    reporter.end(fixtureSuite([finding]), ['/runs/1/index.html']);
    expect(written.product).toContain(`replay  npx pitchpole replay ${finding.pattern.id}`);
    expect(written.product).toContain('--variant fixed');
  });

  it('tells the pace of the whole suite and how long it still takes, not counting what a stopped run had done', () => {
    const { written, options, pass } = screens({ live: true });
    const reporter = createTerminalReporter(options);
    reporter.start(begun);
    pass(10_000);
    reporter.progress({ pattern: 'a/b', done: 900, planned: 1000, all: { done: 1500, planned: 3000, before: 500 } });
    expect(written.chatter).toContain('0 of 2 patterns · 10.0 s · 1 500 of 3 000 runs, 100 a second, 15.0 s left');
  });

  it('says what of a target’s marks was never reached, or too seldom', () => {
    const { written, options } = screens();
    const marks = [
      { name: 'a log was cut', runs: 5, wanted: 1 },
      { name: 'a vote was refused', runs: 0, wanted: 1 },
      { name: 'a leader fell', runs: 1, wanted: 3 },
    ];
    createTerminalReporter(options).end({ ...fixtureSuite(), coverage: [{ target: 'raft', marks }] }, []);
    expect(written.product).toContain(
      'reached 1 of 3 marks of raft; never “a vote was refused”; “a leader fell” in 1 run of 3\n',
    );
  });

  it('says how an interrupted run is gone on with', () => {
    const { written, options } = screens();
    createTerminalReporter(options).end({ ...fixtureSuite(), interrupted: true }, []);
    expect(written.product).toContain(`resume  npx pitchpole run --resume ${fixtureSuite().id}\n`);
  });

  it('says the path of the report last', () => {
    const { written, options } = screens();
    createTerminalReporter(options).end(fixtureSuite(), ['/runs/1/a.html', '/runs/1/index.html']);
    expect(written.product.trimEnd().split('\n').at(-1)).toBe('report  /runs/1/index.html');
  });

  it('on a live screen redraws a block among the chatter, and never lets it into the product', () => {
    const { written, options, pass } = screens({ live: true });
    const reporter = createTerminalReporter(options);
    reporter.start(begun);
    for (let done = 1; done <= 3; done++) {
      pass(200);
      reporter.progress({ pattern: 'a/b', done, planned: 4, doing: 'fixed twin' });
    }
    expect(written.chatter).toContain('3 of 4 runs');
    expect(written.chatter.split('\u001b[2A\u001b[J')).toHaveLength(3);
    expect(written.product).not.toContain('\u001b');
    for (const line of written.chatter.split('\n'))
      expect(line.replaceAll('\u001b[2A\u001b[J', '').length).toBeLessThan(80);
  });

  it('where nothing can be redrawn gives a sign of life now and then, not at each step', () => {
    const { written, options, pass } = screens();
    const reporter = createTerminalReporter(options);
    reporter.start(begun);
    for (let done = 0; done < 40; done++) {
      pass(1000);
      reporter.progress({ pattern: 'a/b', done, planned: 40 });
    }
    expect(written.chatter.trimEnd().split('\n')).toHaveLength(2);
    expect(written.chatter).not.toContain('\u001b');
  });

  it('has colours only where the screen has them', () => {
    for (const [colors, expected] of [
      [0, false],
      [1, true],
    ] as const) {
      const { written, options } = screens({ colors });
      createTerminalReporter(options).finding(fixtureFinding());
      expect(written.product.includes('\u001b[3')).toBe(expected);
    }
  });
});
