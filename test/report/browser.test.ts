import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, whyNoBrowser } from '../support/browser.ts';
import { printableText } from '../../src/base/text/printable.ts';
import { evilName, fullSweep, reportOf, textOf } from '../support/report.ts';

const title = 'the report in a real browser';
/** A test that waits longer for the browser fails. Only a browser that hangs takes so long. */
const HANG_TIMEOUT_MS = 240_000;

describe.skipIf(whyNoBrowser)(whyNoBrowser ? `${title} (skipped: ${whyNoBrowser})` : title, () => {
  let folder: string;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'doubletime-browser-'));
    const files = await reportOf(fullSweep(), { published: true, until: '2026' });
    writeFileSync(join(folder, 'report.html'), textOf(files, 'report.html'));
    address = `file://${folder}/report.html`;
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Opens the page and waits until all charts are interactive. Returns it with its console messages and requests. */
  async function open(width = 1280, colorScheme: 'light' | 'dark' = 'light') {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    page.setDefaultTimeout(HANG_TIMEOUT_MS);
    const messages: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(address);
    await page.waitForFunction('document.querySelectorAll("figure.chart:not([data-live])").length === 0');
    return { page, messages, requests };
  }

  const frontierOf = (page: Page) => page.locator('figure[id^="frontier-top-5"]');

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [400, 'light'],
    [400, 'dark'],
  ] as const)(
    'a page of %d px in %s colours has all charts, no console message, no request and no horizontal scrolling',
    async (width, scheme) => {
      const { page, messages, requests } = await open(width, scheme);
      const marks = await page.evaluate<number[]>(
        '[...document.querySelectorAll("figure.chart")].map((f) => f.querySelectorAll(".drawing svg path").length)',
      );
      expect(marks.length).toBeGreaterThan(10);
      expect(Math.min(...marks)).toBeGreaterThan(2);
      const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(beyond).toBeLessThanOrEqual(0);
      const wider = await page.evaluate<number[]>(
        '[...document.querySelectorAll(".drawing")].map((d) => d.querySelector("svg").getBoundingClientRect().width - d.clientWidth)',
      );
      expect(Math.max(...wider)).toBeLessThanOrEqual(1);
      expect(messages).toEqual([]);
      expect(requests).toEqual([address]);
      await page.close();
    },
  );

  test('at 1280 px every point of every chart has its label', async () => {
    const { page } = await open(1280);
    const hidden = await page.evaluate<
      [string, number, string[]][]
    >(`[...document.querySelectorAll('figure.chart')].map((figure) => {
      const texts = [...figure.querySelectorAll('.drawing .mark-text.role-mark text')];
      const isHidden = (text) => getComputedStyle(text).opacity === '0' || text.getAttribute('opacity') === '0';
      return [figure.id, texts.length, texts.filter(isHidden).map((text) => text.textContent)];
    })`);
    const frontier = hidden.find(([id]) => id.startsWith('frontier-alexnet-79-1-top-5-with-training-logs'))!;
    // 16 networks of the paper, 7 logs, and the name of the paper's end.
    expect(frontier[1]).toBe(24);
    expect(hidden.filter(([, , texts]) => texts.length > 0)).toEqual([]);
    await page.close();
  });

  test('a name that contains markup is shown as text and not run', async () => {
    const { page } = await open();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    const shown = await page.locator('.legend button span').allTextContents();
    expect(shown).toContain(printableText(evilName));
    await page.close();
  });

  test('the policy blocks an inline script and a request', async () => {
    const { page, messages } = await open();
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.hacked = 1';
      document.body.append(script);
      fetch('data:text/plain,x').catch(() => {});
    `);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    // The browser reports both some time later.
    const refused = () => messages.filter((text) => text.includes('Content Security Policy')).length;
    await expect.poll(refused).toBeGreaterThanOrEqual(2);
    await page.close();
  });

  test('the tooltip is shown while the pointer is on a point', async () => {
    const { page } = await open();
    const figure = frontierOf(page);
    await figure.scrollIntoViewIfNeeded();
    const point = figure.locator('.mark-symbol path').last();
    await point.hover();
    const tooltip = figure.locator('.tooltip');
    await expect.poll(() => tooltip.isVisible()).toBe(true);
    expect(await tooltip.innerText()).toMatch(/Network[\s\S]*Published[\s\S]*teraflop\/s-days/);
    await page.mouse.move(2, 2);
    await expect.poll(() => tooltip.isVisible()).toBe(false);
    await page.close();
  });

  test('a click on the legend hides or shows the series; the axes do not move', async () => {
    const { page } = await open();
    const figure = frontierOf(page);
    const button = figure.getByRole('button', { name: 'Not on the frontier' });
    const points = figure.locator('.mark-symbol path');
    const axis = figure.locator('.role-axis-label text');
    const [all, labels] = [await points.count(), await axis.allTextContents()];
    await button.click();
    await expect.poll(() => points.count()).toBeLessThan(all);
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect(await axis.allTextContents()).toEqual(labels);
    await button.click();
    await expect.poll(() => points.count()).toBe(all);
    await page.close();
  });

  test('with the keyboard, Tab reaches legend and chart, arrows read points from left to right, and Escape leaves', async () => {
    const { page } = await open();
    const figure = frontierOf(page);
    const buttons = figure.locator('.legend button');
    await buttons.last().focus();
    await page.keyboard.press('Space');
    expect(await buttons.last().getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('drawing');
    const spoken = figure.locator('.spoken');
    await page.keyboard.press('ArrowRight');
    const first = await spoken.textContent();
    await page.keyboard.press('ArrowRight');
    const second = await spoken.textContent();
    const dateIn = (text: string | null) => /Published: (\S+),/.exec(text ?? '')?.[1];
    expect(dateIn(first)! < dateIn(second)!).toBe(true);
    expect(await figure.locator('.ring').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await figure.locator('.ring').count()).toBe(0);
    await page.close();
  });

  test('a link in a table opens its record', async () => {
    const { page } = await open();
    const figure = frontierOf(page);
    await figure.locator('details.table summary').click();
    const link = figure.locator('tbody th a').first();
    const target = page.locator(String(await link.getAttribute('href')));
    expect(await target.isVisible()).toBe(false);
    await link.click();
    await expect.poll(() => target.isVisible()).toBe(true);
    expect(await target.innerText()).toMatch(/sha256 of the measurement/);
    await page.close();
  });

  test.each(['SVG', 'PNG', 'CSV'])('saves a chart as %s from the page itself', async (kind) => {
    const { page, messages } = await open();
    const saved = page.waitForEvent('download');
    await frontierOf(page).getByRole('button', { name: kind }).click();
    const download = await saved;
    expect(download.suggestedFilename()).toMatch(new RegExp(`^frontier-.*\\.${kind.toLowerCase()}$`));
    expect(await download.failure()).toBeNull();
    expect(messages).toEqual([]);
    await page.close();
  });

  test('the dark page has light text on dark, and its charts have the dark colours', async () => {
    const { page } = await open(1280, 'dark');
    const style = (property: string, selector: string) =>
      page.evaluate(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).${property}`);
    expect(await style('backgroundColor', 'body')).toBe('rgb(20, 24, 29)');
    expect(await style('fill', '.role-axis-label text')).toBe('rgb(230, 237, 243)');
    expect(await style('stroke', '.mark-line path[stroke="#0067a3"]')).toBe('rgb(86, 180, 233)');
    await page.close();
  });

  test('the printed page is light, with open tables and without buttons', async () => {
    const { page } = await open(1280, 'dark');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    const figure = frontierOf(page);
    expect(await figure.locator('table').isVisible()).toBe(true);
    expect(await figure.locator('.downloads').isVisible()).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await figure.locator('table').isVisible()).toBe(false);
    expect((await page.pdf()).subarray(0, 4).toString()).toBe('%PDF');
    await page.close();
  });

  test('every chart is drawn without scripts', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    page.setDefaultTimeout(HANG_TIMEOUT_MS);
    await page.goto(address);
    const figures = page.locator('figure.chart');
    expect(await figures.locator('.drawing > svg').count()).toBe(await figures.count());
    await context.close();
  });

  test('every chart has a name and a description for a screen reader', async () => {
    const { page } = await open();
    const described = await page.evaluate<[string, string][]>(`[...document.querySelectorAll('.drawing')].map((d) => [
      d.getAttribute('aria-label'),
      document.getElementById(d.getAttribute('aria-describedby').split(' ')[0]).textContent,
    ])`);
    for (const [name, description] of described) {
      expect(name.length).toBeGreaterThan(5);
      expect(description.length).toBeGreaterThan(20);
    }
    await page.close();
  });
});
