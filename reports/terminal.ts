/**
 * The suite in a terminal: the base seed before anything runs, a line for each finished pattern, whatever is not as
 * expected once in short and once in full at the end, and last of all the path of the report.
 *
 * The one surprise: what is redrawn goes to the second screen, the chatter. So the product can be piped into a file while
 * a person still watches the block move; where nothing can be redrawn there is a heartbeat instead.
 */

import { Chalk, type ChalkInstance } from 'chalk';
import type { Coverage, Finding, FlawFinding, SuiteResult } from '../harness/core/finding.ts';
import { seedText } from '../harness/core/random.ts';
import { findingReplay, findingSentence, pageName, regressedCycle, statusOf, toldStatus, totalsOf } from './model.ts';
import type { Reporter, Screen, SuiteProgress, SuiteStart } from './reporter.ts';
import { countText, cycleLines, durationText, plural, statusGlyphs, statusMeanings, statusWords } from './text.ts';

export interface TerminalOptions {
  readonly screen: Screen;
  /** For what passes: the live block, or the heartbeat. */
  readonly chatter: Screen;
  /** Only a line for each pattern and the sums: for logs. */
  readonly brief?: boolean;
}

const heartbeatMs = 15_000;
const redrawMs = 100;

export function createTerminalReporter({ screen, chatter, brief = false }: TerminalOptions): Reporter {
  const chalk = new Chalk({ level: screen.colors });
  const running = new Map<string, SuiteProgress>();
  let width = 0;
  let patterns = 0;
  let finished = 0;
  let drawn = 0;
  let began = 0;
  let shown = 0;
  let pace = '';

  const say = (line: string): void => screen.write(`${line}\n`);
  const erase = (): void => {
    if (drawn > 0) chatter.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    const lines = [...running.values()].map((progress) => liveLine(progress, width, chatter.columns));
    const sums = `   ${finished} of ${plural(patterns, 'pattern')} · ${durationText((chatter.now() - began) * 1e6)}${pace}`;
    const block = [...lines, sums];
    chatter.write(`${block.join('\n')}\n`);
    drawn = block.length;
  };

  return {
    start(suite) {
      width = Math.max(...suite.patterns.map((id) => id.length));
      patterns = suite.patterns.length;
      began = screen.now();
      shown = began;
      say(headline(suite));
      if (!brief) say('');
    },
    progress(progress) {
      running.set(progress.pattern, progress);
      const now = chatter.now();
      if (now - shown < (chatter.live ? redrawMs : heartbeatMs)) return;
      shown = now;
      pace = paceText(progress, now - began);
      if (chatter.live) {
        erase();
        draw();
      } else chatter.write(`${heartbeat([...running.values()], finished, patterns, now - began)}${pace}\n`);
    },
    finding(finding) {
      running.delete(finding.pattern.id);
      finished++;
      erase();
      say(findingLine(finding, width, chalk));
      if (!brief && statusOf(finding) !== 'reproduced') say(`     ${findingSentence(finding)}`);
    },
    end(suite, paths) {
      erase();
      const bad = suite.findings.filter((finding) => !['reproduced', 'skipped'].includes(statusOf(finding)));
      for (const finding of bad) for (const line of account(finding, paths, chalk)) say(line);
      say('');
      if (suite.interrupted) say(chalk.yellow('interrupted: what follows is what there was until then'));
      say(sums(suite));
      for (const line of (suite.coverage ?? []).map(coverageLine)) say(line);
      if (suite.interrupted && suite.world === 'sim') say(`resume  npx pitchpole run --resume ${suite.id}`);
      const report = paths.at(-1);
      if (report !== undefined) say(`report  ${report}`);
    },
  };
}

function headline({ version, world, baseSeed, seeds, patterns }: SuiteStart): string {
  const each = `${plural(seeds, 'seed')} each`;
  return `pitchpole ${version} · ${world} · ${plural(patterns.length, 'pattern')} · ${each} · base seed ${seedText(baseSeed)}`;
}

function liveLine({ pattern, done, planned, doing = '' }: SuiteProgress, width: number, columns: number): string {
  const share = planned === 0 ? 0 : done / planned;
  const bar = '━'.repeat(Math.round(share * 20)).padEnd(20, '╌');
  const line = ` … ${pattern.padEnd(width)} ${bar} ${countText(done)} of ${plural(planned, 'run')}  ${doing}`;
  return line.slice(0, Math.max(20, columns - 1));
}

/** How fast the whole suite goes, and how long it still takes, as far as the runs are known that it will need. */
function paceText({ all }: SuiteProgress, elapsed: number): string {
  if (all === undefined || elapsed <= 0 || all.done <= all.before) return '';
  const rate = (all.done - all.before) / elapsed;
  const left = durationText(((all.planned - all.done) / rate) * 1e6);
  const perSecond = 1000 * rate;
  const told = perSecond < 10 ? perSecond.toFixed(1) : countText(Math.round(perSecond));
  return ` · ${countText(all.done)} of ${plural(all.planned, 'run')}, ${told} a second, ${left} left`;
}

function heartbeat(running: readonly SuiteProgress[], finished: number, patterns: number, elapsed: number): string {
  const done = running.reduce((sum, progress) => sum + progress.done, 0);
  const planned = running.reduce((sum, progress) => sum + progress.planned, 0);
  const under = running.map(({ pattern }) => pattern).join(', ');
  return ` … ${finished} of ${plural(patterns, 'pattern')} after ${durationText(elapsed * 1e6)}; ${countText(done)} of ${plural(planned, 'run')} of ${under}`;
}

const tints = {
  held: 'green',
  reproduced: 'green',
  'not-reproduced': 'red',
  regressed: 'red',
  broken: 'red',
  unknown: 'yellow',
  crashed: 'magenta',
  skipped: 'dim',
} as const;

function findingLine(finding: Finding, width: number, chalk: ChalkInstance): string {
  const status = toldStatus(finding);
  const tint = chalk[tints[status]];
  const word = statusWords[status].padEnd(14);
  // A program of one's own has no twins to tell apart.
  const twins = finding.world === 'process' ? '' : `${twinsText(finding.flaws)}  `;
  const told = status === 'skipped' ? (finding.skipped ?? '') : twins;
  const time = status === 'skipped' ? '' : chalk.dim(durationText(finding.milliseconds * 1e6));
  return ` ${tint(statusGlyphs[status])} ${finding.pattern.id.padEnd(width)}  ${tint(word)} ${told}${time}`;
}

/** `flawed ✕ at seed 0x5eed1a7e  fixed ✓ 200`; of several flaws, how many. */
function twinsText(flaws: readonly FlawFinding[]): string {
  const tried = flaws.filter(({ flawedTried }) => flawedTried > 0);
  const caught = tried.filter(({ flawed }) => flawed?.valid === 'invalid');
  const [only] = tried;
  const seed = tried.length === 1 && only?.flawed !== undefined ? ` at seed ${seedText(only.flawed.seed)}` : '';
  const flawed =
    tried.length === 0
      ? ''
      : caught.length === tried.length
        ? `✕${seed || ` ${caught.length}`}`
        : `✕ ${caught.length} of ${tried.length}`;
  const fixedTried = flaws.reduce((sum, flaw) => sum + flaw.fixedTried, 0);
  const convicted = flaws.flatMap(({ fixedConvicted }) => fixedConvicted);
  const fixed = convicted.length > 0 ? `✕ at seed ${seedText(convicted[0] as number)}` : `✓ ${countText(fixedTried)}`;
  return [flawed === '' ? '' : `flawed ${flawed.padEnd(20)}`, fixedTried === 0 ? '' : `fixed ${fixed.padEnd(7)}`]
    .filter(Boolean)
    .join('  ');
}

/** All that a person needs to go on: what, why, the command to paste, the page to open. */
function account(finding: Finding, paths: readonly string[], chalk: ChalkInstance): string[] {
  const status = toldStatus(finding);
  const replay = findingReplay(finding);
  const page = paths.find((path) => path.endsWith(pageName(finding)));
  return [
    '',
    `${chalk[tints[status]](`${statusGlyphs[status]} ${finding.pattern.id} ${statusWords[status]}`)}  ${statusMeanings[status]}`,
    ...finding.flaws
      .filter((flaw) => flaw.status !== 'reproduced')
      .flatMap((flaw) => [
        `     ${flaw.flaw.name}: ${flaw.because}`,
        ...cycleLines(regressedCycle(flaw)).map((line) => `     ${line}`),
      ]),
    ...(replay === undefined ? [] : [`     ${finding.world === 'process' ? 'again ' : 'replay'}  ${replay}`]),
    ...(page === undefined ? [] : [`     report  ${page}`]),
  ];
}

/** What the runs came by of what the target says they must, and what they never did. */
function coverageLine({ target, marks }: Coverage): string {
  const short = marks.filter(({ runs, wanted }) => runs < wanted);
  const reached = `reached ${marks.length - short.length} of ${plural(marks.length, 'mark')} of ${target}`;
  const missing = short.map(({ name, runs, wanted }) =>
    runs === 0 ? `never “${name}”` : `“${name}” in ${plural(runs, 'run')} of ${countText(wanted)}`,
  );
  return [reached, ...missing].join('; ');
}

function sums(suite: SuiteResult): string {
  const { statuses, runs, operations, faults } = totalsOf(suite);
  const words = [...statuses].map(([status, count]) => `${count} ${statusWords[status].toLowerCase()}`);
  return [
    words.join(', '),
    plural(runs, 'run'),
    plural(operations, 'operation'),
    plural(faults, 'fault'),
    durationText(suite.milliseconds * 1e6),
  ].join(' · ');
}
