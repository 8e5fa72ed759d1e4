/**
 * Renders the one-file pages: markup that reads with JavaScript off, the app, and the data that it unpacks.
 *
 * The one surprise is what is missing: no string of a target is ever pasted into markup here. All text goes through the
 * renderer, which escapes it; data is base64; and the content security policy allows exactly the script and the style
 * whose hashes it names, and nothing from anywhere.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import type { Finding, SuiteResult } from '../../harness/core/finding.ts';
import { findingPage } from '../model.ts';
import { statusGlyphs, statusWords } from '../text.ts';
import { assets } from './assets.ts';
import { pack } from './columnar.ts';
import { Foot, Head } from './view/frame.ts';
import { IndexPage, type PreviousStatuses } from './view/index-page.ts';
import { Page } from './view/page.ts';
import { firstState, noActions } from './view/state.ts';

/** The report of one finding, as one HTML file. */
export function renderFinding(finding: Finding, suite: SuiteResult): string {
  const page = findingPage(finding, suite);
  const body = html`<main class="still"><${Head} page=${page} />
    <div id="page"><${Page} page=${page} state=${firstState(page)} actions=${noActions} slots=${{}} /></div>
    <${Foot} page=${page} /></main>` as VNode;
  return document({
    title: `${statusGlyphs[page.status]} ${page.id} ${statusWords[page.status]}`,
    kind: 'finding',
    body: render(body),
    data: gzipSync(pack(page), { level: 9 }).toString('base64'),
  });
}

/** The index of all findings. @param previous the statuses of an earlier run, to tell what is new. */
export function renderIndex(suite: SuiteResult, previous?: PreviousStatuses): string {
  return document({
    title: `pitchpole ${suite.id}`,
    kind: 'index',
    body: render(html`<div id="page"><${IndexPage} suite=${suite} previous=${previous} /></div>` as VNode),
    data: '',
  });
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

function document(parts: { title: string; kind: 'finding' | 'index'; body: string; data: string }): string {
  const { script, style } = assets();
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  const title = render(html`<title>${parts.title}</title>` as VNode);
  return `<!doctype html>
<html lang="en" data-page="${parts.kind}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${title}
<style>${style}</style>
</head>
<body>
${parts.body}
<template id="data">${parts.data}</template>
<script>${script}</script>
</body>
</html>
`;
}
