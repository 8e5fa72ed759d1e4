/**
 * The page in a real browser, opened from a file: with JavaScript and without, light and dark, wide and narrow. Skipped with
 * one line where there is no Chromium.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixtureFinding, fixtureSuite, hostileStrings } from '../fixtures.ts';
import { pageName } from '../model.ts';
import { writePages } from './write.ts';

const executablePath = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'chromium'))
  .find((file) => existsSync(file));
const required = process.env.PITCHPOLE_REQUIRE_BROWSER === '1';
if (executablePath === undefined && !required) console.log('skipped: the report in a browser (there is no `chromium`)');

describe.skipIf(executablePath === undefined && !required)('the report in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pitchpole-report-'));
  const plain = fixtureFinding({ flaws: ['stale-read', 'vote-not-persisted'] });
  const hostile = fixtureFinding({ hostile: true, status: 'regressed' });
  const small = fixtureFinding({ shrunk: true });
  let browser: Browser;

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error('PITCHPOLE_REQUIRE_BROWSER=1, and there is no `chromium`');
    for (const [name, finding] of [
      ['plain', plain],
      ['hostile', hostile],
      ['small', small],
    ] as const) {
      mkdirSync(join(folder, name));
      writePages(fixtureSuite([finding]), join(folder, name));
    }
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(
    file: string,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(join(folder, file)).href);
    if (options.javaScriptEnabled !== false && !file.endsWith('index.html')) await page.waitForSelector('main.live');
    return { page, complaints };
  }

  const report = `plain/${pageName(plain)}`;

  it('shows the verdict, the sentence and the replay command with JavaScript off', async () => {
    const { page } = await open(report, { javaScriptEnabled: false });
    const text = await page.innerText('body');
    expect(text).toContain('REPRODUCED');
    expect(text).toContain(plain.pattern.title);
    expect(text).toContain(`npx pitchpole replay ${plain.pattern.id}`);
    expect(text).toContain(plain.pattern.card.symptoms);
    await page.context().close();
  });

  it('comes alive without an error, a warning or a request', async () => {
    for (const file of [report, 'plain/index.html', `small/${pageName(small)}`]) {
      const { page, complaints } = await open(file);
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  });

  it('keeps every string of a target as text', async () => {
    const { page, complaints } = await open(`hostile/${pageName(hostile)}`);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(await page.locator('#escaped, img, svg[onload]').count()).toBe(0);
    expect(complaints).toEqual([]);
    const text = await page.innerText('body');
    expect(hostileStrings.some((string) => text.includes(string))).toBe(true);
    const source = readFileSync(join(folder, `hostile/${pageName(hostile)}`), 'utf8');
    for (const string of hostileStrings) expect(source).not.toContain(string);
    await page.context().close();
  });

  it('follows the keys, and keeps the selection in the address', async () => {
    const { page, complaints } = await open(report);
    await page.keyboard.press('e');
    expect(await page.evaluate('location.hash')).toMatch(/^#stale-read\/flawed\/op\d+/);
    await page.keyboard.press('f');
    expect(await page.evaluate('location.hash')).toContain('/fixed');
    await page.keyboard.press('?');
    expect(await page.locator('[role=dialog]').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.locator('[role=dialog]').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('shows the smallest story first, the run that it was made from when asked, and when it was too late', async () => {
    const { page, complaints } = await open(`small/${pageName(small)}`);
    const text = await page.innerText('.story');
    expect(text).toContain('The smallest story that still fails, found in 79 runs');
    expect(text).toMatch(/Inevitable from .* on/);
    await page.keyboard.press('f');
    expect(await page.evaluate('location.hash')).toContain('/flawed');
    expect(await page.innerText('.story')).toContain('The flawed run');
    expect(await page.innerText('.story')).not.toContain('Inevitable');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('is legible and reachable for everybody: %s, %i wide', async (colorScheme, width) => {
    for (const file of [report, 'plain/index.html']) {
      const { page } = await open(file, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
      await page.evaluate(axe);
      const violations = (await page.evaluate(
        "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))",
      )) as string[];
      expect(violations).toEqual([]);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow).toBe(0);
      await page.context().close();
    }
  });
});
