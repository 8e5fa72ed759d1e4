/**
 * The app in the page: unpacks the data and takes over the markup that the server rendered. The page was readable
 * before; from here on it answers to keys, links and buttons.
 */
import { html } from 'htm/preact';
import { hydrate, type VNode } from 'preact';
import { unpack } from '../columnar.ts';
import { App } from './app.ts';
import { filterIndex } from './filter.ts';

async function dataOf(template: HTMLTemplateElement): Promise<string> {
  const bytes = Uint8Array.from(atob(template.content.textContent ?? ''), (character) => character.charCodeAt(0));
  const unzipped = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return await new Response(unzipped).text();
}

async function start(): Promise<void> {
  const root = document.getElementById('page');
  const template = document.getElementById('data');
  if (root === null) return;
  if (document.documentElement.dataset.page === 'index') {
    filterIndex(root);
    return;
  }
  if (!(template instanceof HTMLTemplateElement)) return;
  const page = unpack(await dataOf(template));
  hydrate(html`<${App} page=${page} />` as VNode, root);
}

void start();
