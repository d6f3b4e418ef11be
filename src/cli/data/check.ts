import { ExitCode } from '../../base/errors.ts';
import { formatCount, UNKNOWN } from '../../base/text/format.ts';
import { median } from '../../base/numbers/median.ts';
import { checkDataset } from '../../data/check.ts';
import type { CheckReport, ImageLocation } from '../../data/check.ts';
import { refuseOneClass } from '../../data/dataset.ts';
import { formatIgnoredFiles } from '../../data/sources/listing.ts';
import { openDatasetAt } from './source.ts';
import type { FolderArguments } from './source.ts';
import { showItemProgress, workerCount } from './progress.ts';

/** `doubletime data check`: decodes every image and prints a report. Exit code 65 if training would refuse the dataset or an image. */
export async function check(
  path: string,
  json: boolean,
  options: FolderArguments & { readonly workers: number | undefined },
): Promise<void> {
  const workers = workerCount(options.workers);
  const data = openDatasetAt(path, options);
  const bar = showItemProgress('checking');
  try {
    const report = await checkDataset(data, { workers, progress: bar.update });
    bar.stop();
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
    refuseOneClass(path, data);
    if (report.bad.length > 0) process.exitCode = ExitCode.data;
  } finally {
    bar.stop();
  }
}

function formatReport(report: CheckReport): string {
  const { images, bad, duplicates, overlaps, sides } = report;
  const rounded = (values: readonly number[] | null): string =>
    values?.map((value) => value.toFixed(4)).join(' ') ?? `${UNKNOWN} (no valid training image)`;
  return [
    `${images.train} training and ${images.validation} validation images, ${describeSides(sides)}`,
    ...section(
      'bad images',
      bad.map(({ reason }) => reason),
    ),
    ...section('groups of equal images within one split', duplicates.map(formatGroup)),
    ...section('groups of equal images in both train and val', overlaps.map(formatGroup)),
    ...formatIgnored(report),
    ...formatBalance(report),
    `mean                ${rounded(report.mean)}`,
    `standard deviation  ${rounded(report.standardDeviation)}`,
    '',
  ].join('\n');
}

const describeSides = ({ smallest, largest }: CheckReport['sides']): string =>
  largest === 0 ? 'none of them valid' : `sides from ${smallest} to ${largest} pixels`;

const section = (title: string, lines: readonly string[]): string[] => [
  `${lines.length} ${title}`,
  ...lines.map((line) => `  ${line}`),
];

const formatGroup = (group: readonly ImageLocation[]): string =>
  `${group.map((image) => image.path).join(' = ')}${haveSameClass(group) ? '' : `  (classes ${group.map((image) => image.class).join(', ')})`}`;

const haveSameClass = (group: readonly ImageLocation[]): boolean =>
  group.every((image) => image.class === group[0]!.class);

const formatIgnored = ({ passedOver: counts }: CheckReport): string[] =>
  Object.keys(counts).length === 0 ? [] : [`ignored files: ${formatIgnoredFiles(counts)}`];

function formatBalance({ classes }: CheckReport): string[] {
  const sorted = [...classes].sort((a, b) => a.train - b.train);
  const [smallest, largest] = [sorted[0]!, sorted.at(-1)!];
  const withoutValidation = classes.filter(({ validation }) => validation === 0).length;
  return [
    `${formatCount(classes.length, 'class')}: ${smallest.train} (${smallest.class}) to ${largest.train} (${largest.class}) training images, median ${median(sorted.map(({ train }) => train))}`,
    ...(withoutValidation > 0 ? [`${formatCount(withoutValidation, 'class')} without a validation image`] : []),
  ];
}
