/**
 * What moves in the page of a finding, in the order in which a person reads: the picture, why and how to prevent it, then
 * the evidence. Rendered once by the server and taken over by the app, from the same page and state.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import type { FlawPage } from '../../model.ts';
import { type Shown, statusGlyphs, statusWords } from '../../text.ts';
import { PatternCard } from './card.ts';
import { EvidenceSections } from './evidence.ts';
import { firstRun, type ViewProps } from './state.ts';
import { CounterexampleSection, StorySection } from './story.ts';

export function Page(props: ViewProps): VNode {
  const { page, state, actions } = props;
  const several = page.flaws.length > 1;
  const open = page.flaws[state.flaw];
  return html`${page.flaws.map((flaw, place) => {
    const sections = html`<${StorySection} ...${props} flaw=${flaw} place=${place} />
        <${Counterexample} flaw=${flaw} twin=${place === state.flaw ? state.twin : firstRun(flaw)} />`;
    if (!several) return html`<div class="flaw">${sections}</div>`;
    const isOpen = place === state.flaw;
    const toggle = (event: Event): void => {
      const element = event.currentTarget as unknown as { open: boolean };
      if (element.open && !isOpen) actions.set({ flaw: place, twin: firstRun(flaw), selected: undefined, full: false });
    };
    return html`<details class="flaw" open=${isOpen} onToggle=${toggle}>
        <summary><h2><span class=${`status ${flaw.status}`}><span aria-hidden="true">${statusGlyphs[flaw.status]}</span> ${statusWords[flaw.status]}</span>
          <span class="name">${flaw.name}</span></h2><span class="about">${flaw.sentence}</span></summary>
        ${sections}
      </details>`;
  })}
    ${page.world === 'process' ? null : html`<${PatternCard} page=${page} flaw=${open} />`}
    ${open === undefined ? null : html`<${EvidenceSections} ...${props} flaw=${open} several=${several} />`}
    ${state.help ? html`<${Help} close=${() => actions.set({ help: false })} />` : null}` as unknown as VNode;
}

/** Of the smallest story while that is looked at, else of the twin whose evidence counts. */
function Counterexample({ flaw, twin }: { flaw: FlawPage; twin: Shown }): VNode | null {
  const run = (twin === 'shrunk' ? flaw.shrunk : undefined) ?? flaw[flaw.told];
  return run === undefined ? null : (html`<${CounterexampleSection} run=${run} />` as VNode);
}

const keys: readonly (readonly [key: string, what: string])[] = [
  ['j / k', 'next / previous operation'],
  ['e', 'next anomaly'],
  ['f', 'smallest story, flawed or fixed run'],
  ['t', 'order or time'],
  ['h', 'story or full history'],
  ['n', 'next flaw'],
  ['Escape', 'close'],
];

function Help({ close }: { close: () => void }): VNode {
  return html`<div class="help" role="dialog" aria-modal="true" aria-labelledby="help-title">
    <h2 id="help-title">Keys</h2>
    <dl>${keys.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    <button ref=${(button: { focus(): void } | null) => button?.focus()} onClick=${close}>close</button>
  </div>` as VNode;
}
