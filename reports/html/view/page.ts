/**
 * One finding as a page, in the order in which a person reads: the verdict, the sentence, the picture, why and how to
 * prevent it, then the evidence. Rendered once by the server and taken over by the app, from the same page and state.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { Cell, FindingPage, FlawPage } from '../../model.ts';
import { statusGlyphs, statusMeanings, statusWords } from '../../text.ts';
import { PatternCard } from './card.ts';
import { EvidenceSections } from './evidence.ts';
import type { ViewProps } from './state.ts';
import { CounterexampleSection, StorySection } from './story.ts';

export function Page(props: ViewProps): VNode {
  const { page, state, actions } = props;
  const several = page.flaws.length > 1;
  const open = page.flaws[state.flaw];
  return html`<main class=${state.live ? 'live' : 'still'}>
    <${Band} ...${props} />
    ${page.flaws.map((flaw, place) => {
      const sections = html`<${StorySection} ...${props} flaw=${flaw} place=${place} />
        <${Counterexample} flaw=${flaw} />`;
      if (!several) return html`<div class="flaw">${sections}</div>`;
      const isOpen = place === state.flaw;
      const toggle = (event: Event): void => {
        const element = event.currentTarget as unknown as { open: boolean };
        if (element.open && !isOpen) actions.set({ flaw: place, twin: flaw.told, selected: undefined, full: false });
      };
      return html`<details class="flaw" open=${isOpen} onToggle=${toggle}>
        <summary><h2><span class=${`status ${flaw.status}`}><span aria-hidden="true">${statusGlyphs[flaw.status]}</span> ${statusWords[flaw.status]}</span>
          <span class="name">${flaw.name}</span></h2><span class="about">${flaw.sentence}</span></summary>
        ${sections}
      </details>`;
    })}
    <${PatternCard} page=${page} flaw=${open} />
    ${open === undefined ? null : html`<${EvidenceSections} ...${props} flaw=${open} several=${several} />`}
    <${Environment} page=${page} />
    <footer class="quiet">pitchpole ${page.version}, run ${page.run}. <span class="needs-js">Press <kbd>?</kbd> for the keys.</span></footer>
    ${state.help ? html`<${Help} close=${() => actions.set({ help: false })} />` : null}
  </main>` as VNode;
}

/** Of the twin whose evidence counts, whichever is looked at. */
function Counterexample({ flaw }: { flaw: FlawPage }): VNode | null {
  const run = flaw[flaw.told];
  return run === undefined ? null : (html`<${CounterexampleSection} run=${run} />` as VNode);
}

function Band({ page, actions }: ViewProps): VNode {
  return html`<header class=${`verdict ${page.status}`}>
    <p class="crumb"><a href=${`./${page.index}`}>All patterns of this run</a></p>
    <h1><span class="word"><span aria-hidden="true">${statusGlyphs[page.status]}</span> ${statusWords[page.status].toUpperCase()}</span>
      <span class="name">${page.title}</span> <span class="id">${page.id}</span></h1>
    <p class="sentence">${page.sentence}</p>
    <p class="meaning">${statusMeanings[page.status]}</p>
    ${
      page.replay === undefined
        ? null
        : html`<div class="replay"><span class="quiet">Replay</span> <code>${page.replay}</code>
      <button type="button" class="needs-js" onClick=${() => actions.copy(page.replay ?? '')}>copy</button></div>`
    }
    <div class="columns">
      ${page.flaws.length > 0 ? html`<${Grid} page=${page} />` : null}
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

function Environment({ page }: { page: FindingPage }): VNode {
  return html`<section><h2>Environment</h2>
    <dl class="facts wide">${page.environment.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
      <div><dt>pitchpole</dt><dd>${page.version}</dd></div><div><dt>run</dt><dd>${page.run}</dd></div></dl></section>` as VNode;
}

const keys: readonly (readonly [key: string, what: string])[] = [
  ['j / k', 'next / previous operation'],
  ['e', 'next anomaly'],
  ['f', 'flawed or fixed run'],
  ['t', 'order or time'],
  ['h', 'story or full history'],
  ['n', 'next flaw'],
  ['Escape', 'close'],
];

function Help({ close }: { close: () => void }): VNode {
  return html`<div class="help" role="dialog" aria-modal="true" aria-labelledby="help-title">
    <h2 id="help-title">Keys</h2>
    <dl>${keys.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    <button type="button" autofocus onClick=${close}>close</button>
  </div>` as VNode;
}
