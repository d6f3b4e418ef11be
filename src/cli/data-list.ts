import { once } from 'node:events';
import { toCsv } from '../base/csv.ts';
import { formatTable } from '../base/table.ts';
import { listImages } from '../data/images-of.ts';
import type { ListedImage } from '../data/images-of.ts';
import { openGiven } from './data-source.ts';
import type { FolderArguments } from './data-source.ts';

type Format = 'json' | 'csv' | 'text';

const COLUMNS = ['split', 'file', 'class', 'position'] as const;
/** Millions of images are written piece by piece. */
const CHUNK = 5000;

const cellsOf = (image: ListedImage) => COLUMNS.map((column) => image[column]);

/** `doubletime data list`: every image with its split, its file relative to the source, and its class. */
export async function list(path: string, format: Format, options: FolderArguments): Promise<void> {
  const data = openGiven(path, options);
  let [chunk, isFirst]: [ListedImage[], boolean] = [[], true];
  const flush = async (): Promise<void> => {
    const text = writers[format](chunk, isFirst);
    [chunk, isFirst] = [[], false];
    if (!process.stdout.write(text)) await drained();
  };
  for (const split of ['train', 'validation'] as const) {
    for (const image of listImages(data, split)) {
      if (!process.stdout.writable) return;
      chunk.push(image);
      if (chunk.length === CHUNK) await flush();
    }
  }
  if (chunk.length > 0) await flush();
  if (format === 'json') process.stdout.write('\n]\n');
}

const writers: Record<Format, (images: readonly ListedImage[], isFirst: boolean) => string> = {
  json: (images, isFirst) =>
    images.map((image, i) => `${i === 0 && isFirst ? '[\n' : ',\n'}  ${JSON.stringify(image)}`).join(''),
  csv: (images, isFirst) => {
    const text = toCsv(COLUMNS, images.map(cellsOf));
    return isFirst ? text : text.slice(text.indexOf('\n') + 1);
  },
  text: (images, isFirst) => {
    const columns = COLUMNS.map((name) => (name === 'position' ? ({ name, align: 'right' } as const) : { name }));
    const text = formatTable(columns, images.map(cellsOf));
    return isFirst ? text : text.slice(text.indexOf('\n') + 1);
  },
};

/** Waits until there is room again; a reader that has seen enough is no fault. */
const drained = (): Promise<unknown> =>
  process.stdout.writable ? once(process.stdout, 'drain').catch(() => undefined) : Promise.resolve();
