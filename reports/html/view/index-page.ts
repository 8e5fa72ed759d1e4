/**
 * The index of a suite: a grid of mechanisms and their patterns, each with a word and a glyph, and the sums that tell
 * whether the night was worth anything.
 */

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Coverage, Finding, FindingStatus, SuiteResult } from '../../../harness/core/finding.ts';
import { seedText } from '../../../harness/core/random.ts';
import { findingReplay, findingSentence, pageName, statusOf, toldStatus, totalsOf } from '../../model.ts';
import {
  countText,
  durationText,
  plural,
  statusGlyphs,
  statusMeanings,
  statusWords,
  type ToldStatus,
} from '../../text.ts';

type Status = FindingStatus | 'skipped';

/** Statuses of the run before, by pattern id; what changed is told against them. */
export type PreviousStatuses = ReadonlyMap<string, Status>;

const isBad = (status: Status | undefined): boolean =>
  status !== undefined && status !== 'reproduced' && status !== 'skipped';

export function changeOf(now: Status, before: Status | undefined): 'new' | 'still failing' | 'resolved' | undefined {
  if (isBad(now)) return before === undefined ? undefined : isBad(before) ? 'still failing' : 'new';
  return isBad(before) && now === 'reproduced' ? 'resolved' : undefined;
}

const order: readonly ToldStatus[] = [
  'crashed',
  'regressed',
  'broken',
  'not-reproduced',
  'unknown',
  'reproduced',
  'held',
  'skipped',
];

export function IndexPage({ suite, previous }: { suite: SuiteResult; previous: PreviousStatuses | undefined }): VNode {
  const totals = totalsOf(suite);
  const present = order.filter((status) => totals.statuses.has(status));
  const worst = present[0] ?? 'skipped';
  const mechanisms = [...new Set(suite.findings.map(mechanismOf))];
  const words = present.map(
    (status) => `${countText(totals.statuses.get(status) ?? 0)} ${statusWords[status].toLowerCase()}`,
  );
  return html`<main class="still index">
    <header class=${`verdict ${worst}`}>
      <p class="crumb">pitchpole ${suite.version}, run ${suite.id}</p>
      <h1><span class="word"><span aria-hidden="true">${statusGlyphs[worst]}</span> ${words.join(', ') || 'nothing was run'}</span></h1>
      ${suite.interrupted ? html`<p class="sentence">Interrupted: what follows is what was finished by then.</p>` : null}
      <p class="meaning">${plural(suite.findings.length, 'pattern')} in ${suite.world === 'sim' ? 'the simulator' : suite.world}:
        ${` ${plural(totals.runs, 'run')}, ${plural(totals.operations, 'operation')}, ${plural(totals.faults, 'fault')} struck, ${countText(totals.unknowns)} unknown, in ${durationText(suite.milliseconds * 1e6)}.`}</p>
      <div class="replay"><span class="quiet">Base seed</span> <code>${seedText(suite.baseSeed)}</code></div>
    </header>
    <p class="filter needs-js"><label>Filter <input type="search" id="filter" placeholder="consensus, regressed …" /></label> <span id="filter-count" role="status"></span></p>
    ${mechanisms.map(
      (mechanism) => html`<section class="mechanism"><h2>${mechanism}</h2><ul class="tiles">
      ${suite.findings.filter((finding) => mechanismOf(finding) === mechanism).map((finding) => tile(finding, previous))}</ul></section>`,
    )}
    ${(suite.coverage ?? []).map(coverageSection)}
    <section><h2>What the words mean</h2><dl class="facts wide">${present.map((status) => html`<div><dt>${statusGlyphs[status]} ${statusWords[status]}</dt><dd>${statusMeanings[status]}</dd></div>`)}</dl></section>
    <section><h2>Environment</h2><dl class="facts wide">${Object.entries(suite.environment).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>
  </main>` as VNode;
}

/** What the runs of the fixed twins came by; what they never did comes first, since it was not tested. */
function coverageSection({ target, marks }: Coverage): VNode {
  const rows = marks.toSorted((a, b) => a.runs / a.wanted - b.runs / b.wanted);
  const seen = ({ runs, wanted }: Coverage['marks'][number]): string =>
    runs === 0 ? 'never' : `${plural(runs, 'run')}${runs < wanted ? ` of ${countText(wanted)} wanted` : ''}`;
  return html`<section><h2>Where the runs of ${target} came by</h2><dl class="facts wide">${rows.map(
    (mark) => html`<div><dt>${mark.name}</dt><dd>${seen(mark)}</dd></div>`,
  )}</dl></section>` as VNode;
}

const mechanismOf = (finding: Finding): string => finding.pattern.id.split('/')[0] ?? finding.target;

function tile(finding: Finding, previous: PreviousStatuses | undefined): VNode {
  const status = toldStatus(finding);
  const change = changeOf(statusOf(finding), previous?.get(finding.pattern.id));
  const replay = status === 'reproduced' || status === 'held' ? undefined : findingReplay(finding);
  const words = [finding.pattern.id, finding.pattern.title, statusWords[status], status, change ?? '']
    .join(' ')
    .toLowerCase();
  return html`<li class=${`tile ${status}`} data-words=${words}>
    <p class="head"><span class=${`status ${status}`}><span aria-hidden="true">${statusGlyphs[status]}</span> ${statusWords[status]}</span>
      ${change === undefined ? null : html`<span class="change">${change}</span>`}</p>
    <h3><a href=${`./${pageName(finding)}`}>${finding.pattern.title}</a></h3>
    <p class="id">${finding.pattern.id}${finding.world === 'sim' ? '' : ` · ${finding.world}`}</p>
    <p>${findingSentence(finding)}</p>
    <ul class="plain flaws">${finding.flaws.map(
      (
        flaw,
      ) => html`<li><span class=${`status ${flaw.status}`}><span aria-hidden="true">${statusGlyphs[flaw.status]}</span><span class="sr"> ${statusWords[flaw.status]}</span></span>
      ${` ${flaw.flaw.name}: ${flaw.flawed?.valid === 'invalid' ? `convicted in run ${flaw.flawedTried}` : `not convicted in ${plural(flaw.flawedTried, 'run')}`}; fixed: ${
        flaw.fixedConvicted.length > 0
          ? `convicted on ${plural(flaw.fixedConvicted.length, 'seed')}`
          : `acquitted in ${plural(flaw.fixedTried - flaw.fixedUnknown, 'run')}`
      }`}</li>`,
    )}</ul>
    ${replay === undefined ? null : html`<code class="command">${replay}</code>`}
  </li>` as VNode;
}
