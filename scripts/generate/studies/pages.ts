import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { formatMonths } from '../../../src/base/text/format.ts';
import type { Chart } from '../../../src/report/chart.ts';
import { levelCharts } from '../../../src/report/charts/all.ts';
import { toRuns } from '../../../src/report/runs.ts';
import { linkSources } from '../../../src/report/sources.ts';
import { tableCsv } from '../../../src/report/table.ts';
import { readPublished } from '../../../src/trend/published/data.ts';
import { fileWithRegions } from '../markdown.ts';
import { ablationSection } from './ablations.ts';
import { levelText, monthsText, pooledMonths, seedsText, times } from './markdown.ts';
import { commands, exactCounts, overview } from './overview.ts';
import { progressText, readStudies, type Studies, type Study } from './read.ts';
import { laterSection, levelsSection, studySection } from './study-text.ts';
import { torchSection } from './torch-text.ts';
import { studyTrend } from './trend-of.ts';

const SMALL_IMAGES = `The method is the paper's, but small images change what it measures:

- Most networks are narrower versions of the published networks. On CIFAR-10 most also have a stem for small images. So the work per image
  and the capacity differ from the paper's.
- Later networks save most in layers with large feature maps. On small images these layers are a small part of the work, so the same change
  saves less.
- On CIFAR-10 the level is top-1, because with ten classes half of all random guesses are right in top-5.
- Runs are short. The interval between two evaluations is the resolution of each number, and it is a larger part of the compute to the level
  than on ImageNet.
- Recipes were made for ImageNet. Where a study says so, \`doubletime search\` chose settings for each network, on a seed that the study
  does not use ([docs/sweeps.md](../docs/sweeps.md#tune-each-network)).`;

const LIMITS = `- A doubling time of a few networks has a wide interval. The interval includes the choice of networks and seeds, but not the choice of the
  level, the recipes and the images.
- If a network has one seed, the spread between its seeds is unknown.
- The validation images decide when a level is reached, and the settings were chosen on them too.
- The frontier consists of the best networks, so it favours lucky networks ([docs/trend.md](../docs/trend.md#how-often-the-intervals-cover-the-true-value)).
- The measurements were made on CPUs unless their \`environment\` names a GPU.`;

/** The content of results/README.md between its marks. */
export function studiesText(found: Studies, published: string): string {
  const { cifar10, tinyImagenet, ablations, torch } = found;
  return `## Doubling times

${overview(found)}
In the tables of networks below, epochs and teraflop/s-days (paper compute) are those to the level: the median over seeds, with the least and
the most of the seeds at the level in brackets. "Reduction" is the compute of the frontier's first network divided by that of the network.

## CIFAR-10

${studySection(cifar10)}
## Tiny ImageNet with 100 classes

${studySection(tinyImagenet)}
## The doubling time against the level

A single level is the weak point of the method. So this section has several: round values up to the highest that
networks of two dates reach. A level is left out if a run stopped below it, at a level of its own.

${levelsSection(cifar10)}
${levelsSection(tinyImagenet)}
## The years after 2019

Each factor is the compute of the networks until then divided by that of the later network, so below 1 the later network needs more. "The
best" is the cheapest network, and "the trend" is the least-squares line, extended to the later date.

${laterSection(cifar10)}
${laterSection(tinyImagenet)}
## What each change saved

These are the comparisons of the paper's section 5.1, on small images: exact FLOPs to the same level, median over seeds.

${ablationSection(ablations, published)}
## Against PyTorch

${torchSection(torch)}
## Exact counts and the published trend

${exactCounts()}
## What small images change

${SMALL_IMAGES}

## Limits

${LIMITS}

## Measure again

Each command measures its study again. The same command resumes it. \`npm run studies\` writes this section from the measurements.

${commands()}`;
}

/**
 * The study in README.md: the first one whose frontier has at least two networks. Tiny ImageNet comes first, because it has the paper's
 * metric, top-5.
 */
const headlineStudy = ({ tinyImagenet, cifar10, quickstart }: Studies): Study =>
  [tinyImagenet, cifar10].find((study) => {
    const frontier = studyTrend(study)?.own.points.filter(({ onFrontier }) => onFrontier) ?? [];
    return frontier.length > 1;
  }) ?? quickstart;

/** The chart in README.md; undefined while its study has no level. */
export function headlineChart(found: Studies): Chart | undefined {
  const study = headlineStudy(found);
  const trend = studyTrend(study);
  if (!trend) return undefined;
  return levelCharts(trend.own, linkSources(toRuns(study.measurements))).find(({ id }) => id.startsWith('frontier'));
}

/** A hash of the numbers in a chart. The image is current if it was drawn from the same numbers. */
const chartDigest = (chart: Chart): string =>
  createHash('sha256')
    .update(tableCsv(chart.data ?? chart.table))
    .digest('hex')
    .slice(0, 16);

/** The content of README.md between its marks. */
export function headlineText(found: Studies): string {
  const study = headlineStudy(found);
  const trend = studyTrend(study);
  const chart = headlineChart(found);
  if (!trend || !chart) return 'Nothing is measured yet: `npm start` measures the quickstart.';
  const { own, pooled } = trend;
  const { headline } = readPublished();
  const frontier = own.points.filter(({ onFrontier }) => onFrontier);
  const [first, last] = [frontier[0], frontier.at(-1)];
  const all = pooled?.months == null ? '' : ` Over all levels of the learning curves: ${pooledMonths(pooled)} months.`;
  const demo =
    study.folder === 'quickstart'
      ? ' The quickstart has small variants of networks and small images: it shows the method.'
      : '';
  return `![Training compute to ${levelText(own)}, by the year a network was published](docs/result.png)

<!-- docs/result.png is drawn from numbers with the digest ${chartDigest(chart)} -->

On ${study.title}, ${last?.network ?? ''} needs ${times(own.factor) ?? '–'} less compute than ${first?.network ?? ''} to reach ${levelText(own)}.
The compute halved every ${formatMonths(own.doublingMonths.endToEnd)} months from end to end, and every ${monthsText(own) ?? '–'} months by least squares
(${seedsText(own.points.map(({ seeds }) => seeds))}, 95 % interval in brackets).${all}${demo} ${progressText(study)}

On ImageNet, Hernandez & Brown 2020 found ${headline.factor}x and ${headline.doubling_months} months.
[results/README.md](results/README.md) has every study, and says what small images change.`;
}

/** The pages of a checkout with newly generated regions, by path. */
export async function studiesPages(root: string): Promise<Map<string, string>> {
  const results = join(root, 'results');
  const found = readStudies(results);
  const regions = [
    ['results/README.md', 'studies', studiesText(found, join(results, 'published.json'))],
    ['README.md', 'result', headlineText(found)],
  ] as const;
  const pages = new Map<string, string>();
  for (const [path, name, text] of regions)
    pages.set(path, await fileWithRegions(join(root, path), [{ name, command: 'npm run studies', text }]));
  return pages;
}
