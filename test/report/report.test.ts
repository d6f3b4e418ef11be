import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { ReportFile } from '../../src/report/report.ts';
import { sealMeasurement, type Measurement } from '../../src/results/measurement.ts';
import { composeTrend } from '../../src/trend/trend.ts';
import { makeMeasurement } from '../support/measurements.ts';
import { evilName, fullSweep, reportOf, textOf } from '../support/report.ts';

/** The sections of a page: id, heading, and the headings of its charts. */
const sectionsOf = (text: string) =>
  [...text.matchAll(/<section id="([^"]+)">\s*<h2>([^<]*)<\/h2>([\s\S]*?)<\/section>/g)].map(([, id, title, rest]) => ({
    id: id!,
    title: title!,
    charts: [...rest!.matchAll(/<h3>([^<]*)<\/h3>/g)].map(([, heading]) => heading!),
  }));

const pathsOf = (files: readonly ReportFile[]): string[] => files.map(({ path }) => path);
const count = (text: string, part: string): number => text.split(part).length - 1;

let files: ReportFile[];
let page: string;
beforeAll(async () => {
  files = await reportOf(fullSweep(), { published: true });
  page = textOf(files, 'report.html');
});

test('every chart is written as SVG, PNG and CSV, and in the page', () => {
  const ids = pathsOf(files)
    .filter((path) => path.endsWith('.svg'))
    .map((path) => path.slice(7, -4));
  const starts = ['frontier', 'epochs', 'time', 'energy', 'cost', 'examples', 'inference'];
  const others = ['learning-curves', 'schedules', 'doubling-by-level', 'effective-compute'];
  for (const start of [...starts, ...others])
    expect(
      ids.some((id) => id.startsWith(`${start}-`)),
      start,
    ).toBe(true);
  for (const id of ids) {
    expect(pathsOf(files)).toContain(`charts/${id}.png`);
    expect(pathsOf(files)).toContain(`data/${id}.csv`);
    expect(page).toContain(`<figure class="chart" id="${id}">`);
  }
  expect(count(page, '<figure ')).toBe(ids.length);
});

test('the page loads nothing: its policy forbids it, and no element has an address to load from', () => {
  expect(page).toMatch(/Content-Security-Policy"\s+content="default-src &#39;none&#39;/);
  expect(page).not.toMatch(/<(link|img|script|iframe)[^>]+(src|href)="(?!data:,")/);
  expect(page).not.toContain('@import');
});

test('the same measurements give the same bytes', async () => {
  const again = await reportOf(fullSweep(), { published: true });
  expect(pathsOf(again)).toEqual(pathsOf(files));
  for (const [index, file] of files.entries())
    expect(Buffer.compare(Buffer.from(again[index]!.content), Buffer.from(file.content)), file.path).toBe(0);
});

test('a name that contains markup is shown as text everywhere', () => {
  expect(evilName).toContain('</script>');
  for (const file of files.filter(({ path }) => /\.(html|svg)$/.test(path))) {
    expect(String(file.content), file.path).not.toContain('window.hacked=1</script>');
    expect(String(file.content), file.path).not.toContain('<img');
  }
  // One script for the page and one element of data per figure. The name added none.
  expect(count(page, '</script')).toBe(1 + count(page, '<figure '));
  expect(page).toContain('&lt;/script&gt;&lt;script&gt;window.hacked=1');
});

test('PNG images have twice the size of the drawing, are small and are not blank', async () => {
  for (const { path, content } of files.filter((file) => file.path.endsWith('.png'))) {
    const { width, height } = await sharp(content as Buffer).metadata();
    const svg = textOf(files, path.replace('.png', '.svg'));
    const [, w, h] = /width="([\d.]+)"\s+height="([\d.]+)"/.exec(svg)!.map(Number);
    expect([width, height], path).toEqual([2 * w!, 2 * h!]);
    expect(content.length, path).toBeLessThan(200_000);
    const { entropy } = await sharp(content as Buffer).stats();
    expect(entropy, path).toBeGreaterThan(0.1);
  }
});

test('the page has a record of every run with config, seed, hardware, software and hash', () => {
  const text = page.replaceAll(/\s+/g, ' ');
  for (const { sha256, config } of fullSweep()) {
    expect(text).toContain(sha256);
    const { batch } = config['recipe'] as { batch: number };
    expect(text).toContain(`&quot;batch&quot;: ${batch}`);
  }
  for (const part of ['NVIDIA H200, driver 570.10', 'TensorFlow 2.21.0', '0123456789abcdef'])
    expect(text).toContain(part);
  for (const [, anchor] of page.matchAll(/href="#([^"]*)"/g)) expect(page, anchor).toContain(`id="${anchor}"`);
});

test('networks below the level are named', () => {
  expect(page).toMatch(/Below [^<]*lenet/);
});

test('published numbers alone make a report with the 44x and both doubling times', async () => {
  const published = await reportOf([], { published: true });
  const text = textOf(published, 'report.html').replaceAll(/\s+/g, ' ');
  expect(text).toContain('From published numbers.');
  expect(text).toContain('fell 44.4×: it halved every 15.3 months end to end');
  expect(text).toContain('id="published-numbers"');
  // 300,000 x 24.8. The paper's 7.5 million uses a rounded reduction.
  expect(text).toMatch(/effective compute grew 7\.\d+ million×/);
});

test('the effective compute is that of the trend: the algorithms of the first level that has one', () => {
  const { factor, algorithms } = composeTrend(fullSweep(), { levels: 'own', published: true }).effectiveCompute!;
  expect(algorithms.factor).toBeLessThan(24);
  const csv = textOf(
    files,
    pathsOf(files).find((path) => path.startsWith('data/effective-compute'))!,
  );
  const [year, total, , ofAlgorithms] = csv.trimEnd().split('\r\n').at(-1)!.split(',').map(Number);
  expect(year).toBe(2018);
  expect([total, ofAlgorithms]).toEqual([factor, algorithms.factor]);
});

function withoutCurve(): Measurement {
  const made = makeMeasurement({ epochs: 1, level: null, status: 'diverged' });
  const { sha256, ...body } = { ...made, curve: [] };
  const sealed = sealMeasurement(body);
  expect(sealed.sha256).not.toBe(sha256);
  return sealed;
}

function fromPretrainedWeights(): Measurement {
  const { sha256, ...body } = makeMeasurement();
  const initialWeights = { file: '/w.safetensors', sha256: 'a'.repeat(64) };
  const recipe = { ...(body.config['recipe'] as object), initialWeights };
  const sealed = sealMeasurement({ ...body, config: { ...body.config, recipe } });
  expect(sealed.sha256).not.toBe(sha256);
  return sealed;
}

test.each([
  ['one measurement', [makeMeasurement()], ['frontier', 'learning']],
  [
    'one that stays below the level',
    [makeMeasurement({ ceiling: 0.792, epochsToLevel: 3000, epochs: 5 })],
    ['learning'],
  ],
  ['one without a level', [makeMeasurement({ level: null })], ['learning']],
  ['one from pretrained weights', [fromPretrainedWeights()], ['learning']],
  ['a diverged one without a curve', [withoutCurve()], []],
] as [string, Measurement[], string[]][])('%s makes a report', async (_, measurements, expected) => {
  const made = await reportOf(measurements);
  const kinds = pathsOf(made)
    .filter((path) => path.endsWith('.svg'))
    .map((path) => path.split(/[/-]/)[1]);
  for (const kind of expected) expect(kinds).toContain(kind);
  expect(textOf(made, 'report.html')).toContain(measurements[0]!.sha256);
});

test('a level is named by its network in the heading of its section, and not again in the headings of its charts', () => {
  const levels = sectionsOf(page).filter(({ id }) => /^(measured|published)(-\d+)?$/.test(id));
  expect(levels.length).toBeGreaterThan(2);
  for (const { title, charts } of levels) {
    expect(title).toMatch(/^Compute to /);
    expect(title).not.toMatch(/-s\d+-[0-9a-f]{8}/);
    expect(charts.length).toBeGreaterThan(0);
    for (const heading of charts) expect(heading).not.toContain(title.replace('Compute to ', ''));
  }
});

test('every note below a chart is a sentence', () => {
  const notes = [...page.matchAll(/<p class="note">([^<]*)<\/p>/g)].map(([, note]) => note!);
  expect(notes.length).toBeGreaterThan(3);
  for (const note of notes) expect(note).toMatch(/^[^a-z][\s\S]*[.!?]$/);
});

test('the charts mark the end of the paper’s data where networks came after it, and only there', async () => {
  const logged = await reportOf([], { published: true, until: '2026' });
  const drawing = (name: RegExp) =>
    String(logged.find(({ path }) => path.startsWith('charts/') && path.endsWith('.svg') && name.test(path))!.content);
  expect(drawing(/frontier-alexnet.*training-logs/)).toContain('end of the paper’s data, May 2019');
  expect(drawing(/frontier-alexnet-79-1-top-5-published\./)).not.toContain('end of the paper');
});

test('a file of points has its own section, chart and record with the hash of the file', async () => {
  const file = fileURLToPath(new URL('../../examples/translation.csv', import.meta.url));
  const made = await reportOf([], { points: [file] });
  const text = textOf(made, 'report.html');
  expect(sectionsOf(text).map(({ title }) => title)).toContain(
    'Compute to Seq2Seq (34.8 BLEU EN-FR) (translation.csv)',
  );
  expect(text).toContain('From 1 file of points.');
  expect(text).toContain(createHash('sha256').update(readFileSync(file)).digest('hex'));
  expect(pathsOf(made)).toContain('charts/frontier-gnmt-39-92-bleu-en-fr-translation-csv.png');
});
