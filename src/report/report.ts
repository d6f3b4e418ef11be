import { readFileSync } from 'node:fs';
import { browserScript } from './bundle.ts';
import type { Chart } from './chart.ts';
import { groupCharts, levelCharts, periodCharts } from './charts/all.ts';
import type { LevelTrend } from '../trend/types.ts';
import { levelOfGrowth } from '../trend/trend.ts';
import { levelTitle } from './charts/titles.ts';
import { groupRuns } from './charts/groups.ts';
import { drawSvg, resetDrawing, vegaSpec } from './draw.ts';
import { addFrame } from './frame.ts';
import { bodyHtml, type Section } from './html/body.ts';
import type { DrawnChart } from './html/figure.ts';
import { trendTable } from './html/overview.ts';
import { pageHtml } from './html/page.ts';
import type { ReportInput } from './input.ts';
import { darkRules } from './palette.ts';
import { toPngs } from './png.ts';
import { toRuns, type Run } from './runs.ts';
import { linkSources, type Sources } from './sources.ts';
import { tableCsv } from './table.ts';

/** A file of the report, by its path in the report's folder. */
export interface ReportFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** A section of the page, not drawn yet. */
interface PlannedSection {
  readonly id: string;
  readonly title: string;
  readonly charts: readonly Chart[];
}

/** A published level with fewer points has no chart; it is only in the table. */
const MIN_PUBLISHED_POINTS = 3;
/** A level of a file of points with fewer points has no chart. */
const MIN_FILE_POINTS = 2;

/** One section per level, with the level in its title. */
const levelSections = (id: string, levels: readonly LevelTrend[], sources: Sources): PlannedSection[] =>
  levels.map((trend, index) => ({
    id: index === 0 ? id : `${id}-${index + 1}`,
    title: `Compute to ${levelTitle(trend)}`,
    charts: levelCharts(trend, sources),
  }));

function planSections(input: ReportInput, runs: readonly Run[]): PlannedSection[] {
  const sources = linkSources(runs);
  const measured = input.trend.levels.filter(({ source }) => source === 'measured');
  const published = input.trend.levels.filter(
    ({ source, points, split }) => source === 'published' && points.length >= MIN_PUBLISHED_POINTS && split.length > 0,
  );
  const ofFiles = input.trend.levels.filter(
    ({ source, points }) => source === 'points' && points.length >= MIN_FILE_POINTS,
  );
  const sections = [
    ...levelSections('measured', measured, sources),
    {
      id: 'curves',
      title: 'Learning curves',
      charts: groupRuns(runs).flatMap((group) => groupCharts(group, input.counts)),
    },
    ...levelSections('points', ofFiles, sources),
    ...levelSections('published', published, sources),
    {
      id: 'effective-compute',
      title: 'Effective compute',
      charts: periodCharts(levelOfGrowth(input.trend.levels), input.period),
    },
  ];
  return sections.filter(({ charts }) => charts.length > 0);
}

async function draw(chart: Chart): Promise<DrawnChart> {
  const pageSpec = vegaSpec(chart, 'page');
  return {
    chart,
    pageSpec,
    pageSvg: await drawSvg(pageSpec, chart.id),
    fileSvg: addFrame(chart, await drawSvg(vegaSpec(chart, 'file'), chart.id)),
    csv: tableCsv(chart.data ?? chart.table),
  };
}

/**
 * Adds a number to the ids of charts with the same id: two datasets can have the same name, or names with the same letters.
 */
function withUniqueIds(planned: readonly PlannedSection[]): PlannedSection[] {
  const counts = new Map<string, number>();
  const unique = (chart: Chart): Chart => {
    const count = (counts.get(chart.id) ?? 0) + 1;
    counts.set(chart.id, count);
    return count === 1 ? chart : { ...chart, id: `${chart.id}--${count}` };
  };
  return planned.map((section) => ({ ...section, charts: section.charts.map(unique) }));
}

/** Draws one chart after another: Vega numbers ids across charts, so the ids are always the same. */
async function drawSections(planned: readonly PlannedSection[]): Promise<Section[]> {
  resetDrawing();
  const sections: Section[] = [];
  for (const { charts, ...section } of withUniqueIds(planned)) {
    const drawn: DrawnChart[] = [];
    for (const chart of charts) drawn.push(await draw(chart));
    sections.push({ ...section, charts: drawn });
  }
  return sections;
}

const style = (): string =>
  `${readFileSync(new URL('html/style.css', import.meta.url), 'utf8')}
@media screen and (prefers-color-scheme: dark) {
${darkRules()}
}
`;

/** The files of the charts: SVG, PNG and CSV. */
async function chartFiles(charts: readonly DrawnChart[]): Promise<ReportFile[]> {
  const pngs = await toPngs(charts.map(({ fileSvg }) => fileSvg));
  return charts.flatMap(({ chart, fileSvg, csv }, index) => [
    { path: `charts/${chart.id}.svg`, content: fileSvg },
    { path: `charts/${chart.id}.png`, content: pngs[index]! },
    { path: `data/${chart.id}.csv`, content: csv },
  ]);
}

/** Makes all files of a report: the page, each chart as SVG, PNG and CSV, and all trends as CSV. */
export async function makeReport(input: ReportInput): Promise<ReportFile[]> {
  const runs = toRuns(input.measurements);
  const sections = await drawSections(planSections(input, runs));
  const page = pageHtml({
    title: 'Algorithmic efficiency – doubletime',
    style: style(),
    script: await browserScript(),
    body: bodyHtml(input, runs, sections),
  });
  return [
    { path: 'report.html', content: page },
    ...(await chartFiles(sections.flatMap(({ charts }) => charts))),
    { path: 'data/trends.csv', content: tableCsv(trendTable(input.trend.levels, new Set())) },
  ];
}
