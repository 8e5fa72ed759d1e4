/**
 * Head and foot of a finding's page: the verdict with its sentence and command, and the environment. They never change, so
 * only the server renders them; the app merely answers the button that copies.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Cell, FindingPage, FlawPage } from '../../model.ts';
import { statusGlyphs, statusMeanings, statusWords } from '../../text.ts';

export function Head({ page }: { page: FindingPage }): VNode {
  return html`<header class=${`verdict ${page.status}`}>
    <p class="crumb"><a href=${`./${page.index}`}>All patterns of this run</a></p>
    <h1><span class="word"><span aria-hidden="true">${statusGlyphs[page.status]}</span> ${statusWords[page.status].toUpperCase()}</span>
      <span class="name">${page.title}</span> <span class="id">${page.id}</span></h1>
    <p class="sentence">${page.sentence}</p>
    <p class="meaning">${statusMeanings[page.status]}</p>
    ${
      page.replay === undefined
        ? null
        : html`<div class="replay"><span class="quiet">${page.world === 'process' ? 'Run again' : 'Replay'}</span> <code>${page.replay}</code>
      <button class="needs-js">copy</button></div>`
    }
    <div class="columns">
      ${page.flaws.length > 0 && page.world !== 'process' ? html`<${Grid} page=${page} />` : null}
      <dl class="facts">${page.facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    </div>
  </header>` as VNode;
}

const marks: Readonly<Record<Cell['mark'], string>> = { convicted: '✕', acquitted: '✓', unknown: '?', none: '–' };

/** Flawed and fixed, by simulator and docker: what each twin came to in each world; a row a flaw where there are several. */
function Grid({ page }: { page: FindingPage }): VNode {
  const [only, ...more] = page.flaws;
  const cell = (flaw: FlawPage, twin: Cell['twin'], world: Cell['world']): VNode => {
    const { mark, text } = flaw.cells.find((candidate) => candidate.twin === twin && candidate.world === world) ?? {
      mark: 'none' as const,
      text: 'not run',
    };
    const expected = (twin === 'flawed') === (mark === 'convicted');
    const tone = mark === 'none' || mark === 'unknown' ? mark : expected ? 'good' : 'bad';
    return html`<td class=${tone}><span aria-hidden="true">${marks[mark]}</span> ${text}</td>` as VNode;
  };
  const rows =
    only !== undefined && more.length === 0
      ? twins.map(
          (twin) => html`<tr><th scope="row">${twin}</th>${worlds.map((world) => cell(only, twin, world))}</tr>`,
        )
      : page.flaws.map(
          (flaw) => html`<tr><th scope="row">${flaw.name}</th>
            ${worlds.flatMap((world) => twins.map((twin) => cell(flaw, twin, world)))}</tr>`,
        );
  const heads =
    more.length === 0
      ? ['variant', ...worlds]
      : ['flaw', ...worlds.flatMap((world) => twins.map((twin) => `${world}, ${twin}`))];
  return html`<div class="grid scroll" tabindex="0" role="group" aria-label="What became of the twins"><table>
    <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>` as VNode;
}

const twins = ['flawed', 'fixed'] as const;
const worlds = ['sim', 'docker'] as const;

export function Foot({ page }: { page: FindingPage }): VNode {
  return html`<section><h2>Environment</h2>
    <dl class="facts wide">${page.environment.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
      <div><dt>pitchpole</dt><dd>${page.version}</dd></div><div><dt>run</dt><dd>${page.run}</dd></div></dl></section>
    <footer class="quiet">pitchpole ${page.version}, run ${page.run}. <span class="needs-js">Press <kbd>?</kbd> for the keys.</span></footer>` as unknown as VNode;
}
