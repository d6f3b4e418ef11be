import { statSync } from 'node:fs';
import { formatBytes } from '../base/format.ts';
import { printable } from '../base/printable.ts';
import { statIfExists } from '../base/stat.ts';
import { hashDataset } from '../data/dataset.ts';
import type { DatasetIndex } from '../data/dataset.ts';
import { countByClass, listImages } from '../data/list-images.ts';
import type { ListedImage } from '../data/list-images.ts';
import { formatIgnoredFiles } from '../data/sources/listing.ts';
import { readPackIndex } from '../data/pack/pack.ts';
import { openDatasetAt } from './data-source.ts';
import type { FolderArguments } from './data-source.ts';

/** `doubletime data info`: describes a pack or a folder without decoding an image. */
export function info(path: string, json: boolean, options: FolderArguments): string {
  const isPack = statIfExists(path)?.isFile() === true;
  const data = openDatasetAt(path, options);
  const facts = { ...describeDataset(data), ...(isPack ? describePack(path) : {}) };
  const splits = { train: summarizeSplit(data, 'train'), validation: summarizeSplit(data, 'validation') };
  const { classes, ignoredFiles: passedOver = {}, warnings = [] } = data;
  if (json) {
    const all = { path, ...facts, classes, splits, passedOver, warnings };
    return `${JSON.stringify(all, null, 2)}\n`;
  }
  const lines: Record<string, string | number> = {
    ...facts,
    ...formatSummary('train', splits.train),
    ...formatSummary('validation', splits.validation),
    ...(Object.keys(passedOver).length > 0 && { 'ignored files': formatIgnoredFiles(passedOver) }),
  };
  const width = Math.max(...Object.keys(lines).map((name) => name.length));
  return Object.entries(lines)
    .map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}\n`)
    .join('');
}

interface ClassCount {
  readonly class: string;
  readonly count: number;
}

interface SplitSummary {
  readonly rarest: ClassCount;
  readonly commonest: ClassCount;
  readonly first: readonly ListedImage[];
}

const SHOWN_IMAGES = 3;

/** The classes with the fewest and the most images of a split, and the split's first images. */
function summarizeSplit(data: DatasetIndex, split: 'train' | 'validation'): SplitSummary {
  const counts = countByClass(data, split);
  const classCount = (label: number): ClassCount => ({
    class: data.classes[label]!,
    count: counts[label]!,
  });
  const [smallest, largest] = [counts.reduce((a, b) => Math.min(a, b)), counts.reduce((a, b) => Math.max(a, b))];
  return {
    rarest: classCount(counts.indexOf(smallest)),
    commonest: classCount(counts.indexOf(largest)),
    first: [...listImages(data, split, SHOWN_IMAGES)],
  };
}

function formatSummary(split: string, { rarest, commonest, first }: SplitSummary): Record<string, string> {
  const formatClass = ({ class: name, count }: ClassCount): string => `${name} (${count})`;
  return {
    [`${split} smallest class`]: formatClass(rarest),
    [`${split} largest class`]: formatClass(commonest),
    [`${split} first images`]: first
      .map(({ file, class: name, position }) => `${file} is ${name} (${position})`)
      .join(', '),
  };
}

function describeDataset(data: DatasetIndex): Record<string, string | number> {
  const { classes, train, validation } = data;
  const { rarest, commonest } = summarizeSplit(data, 'train');
  const last = classes.length > 1 ? ` to ${classes.at(-1)!}` : '';
  return {
    source: data.source,
    name: data.name,
    classes: `${classes.length} (${classes[0]!}${last})`,
    train: train.indices.length,
    validation: validation.indices.length,
    'train per class': `${rarest.count} to ${commonest.count}`,
    'left out': data.skipped.length,
    ...(data.part === undefined ? {} : { part: data.part }),
    sha256: hashDataset(data),
  };
}

function describePack(path: string): Record<string, string> {
  const { header, widths, heights } = readPackIndex(path);
  const range = (values: Uint32Array): string => {
    const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
    return low === high ? String(low) : `${low} to ${high}`;
  };
  return {
    stored: header.store === 'raw' ? 'raw RGB' : 'the original files',
    resized: header.size === null ? 'no' : `${header.resize} to ${header.size}`,
    pixels: `${range(widths)} wide, ${range(heights)} high`,
    file: formatBytes(statSync(path).size),
    'packed with':
      Object.entries(header.decoders)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ') || 'no decoder',
  };
}
