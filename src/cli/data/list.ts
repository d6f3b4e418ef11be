import { once } from 'node:events';
import { toCsv } from '../../base/text/csv.ts';
import { formatTable } from '../../base/text/table.ts';
import { listImages } from '../../data/list-images.ts';
import type { ListedImage } from '../../data/list-images.ts';
import { openDatasetAt } from './source.ts';
import type { FolderArguments } from './source.ts';

type Format = 'json' | 'csv' | 'text';

const COLUMNS = ['split', 'file', 'class', 'position'] as const;

/** Images per write, so that a list of millions of images needs little memory. */
const CHUNK_SIZE = 5000;

const toCells = (image: ListedImage) => COLUMNS.map((column) => image[column]);

/** `doubletime data list`: every image with its split, its file relative to the source, and its class. */
export async function list(path: string, format: Format, options: FolderArguments): Promise<void> {
  const data = openDatasetAt(path, options);
  let [chunk, isFirst]: [ListedImage[], boolean] = [[], true];
  const flush = async (): Promise<void> => {
    const text = writers[format](chunk, isFirst);
    [chunk, isFirst] = [[], false];
    if (!process.stdout.write(text)) await waitForDrain();
  };
  for (const split of ['train', 'validation'] as const) {
    for (const image of listImages(data, split)) {
      if (!process.stdout.writable) return;
      chunk.push(image);
      if (chunk.length === CHUNK_SIZE) await flush();
    }
  }
  if (chunk.length > 0) await flush();
  if (format === 'json') process.stdout.write('\n]\n');
}

const writers: Record<Format, (images: readonly ListedImage[], isFirst: boolean) => string> = {
  json: (images, isFirst) =>
    images.map((image, i) => `${i === 0 && isFirst ? '[\n' : ',\n'}  ${JSON.stringify(image)}`).join(''),
  csv: (images, isFirst) => {
    const text = toCsv(COLUMNS, images.map(toCells));
    return isFirst ? text : text.slice(text.indexOf('\n') + 1);
  },
  text: (images, isFirst) => {
    const columns = COLUMNS.map((name) => (name === 'position' ? ({ name, align: 'right' } as const) : { name }));
    const text = formatTable(columns, images.map(toCells));
    return isFirst ? text : text.slice(text.indexOf('\n') + 1);
  },
};

/** Waits until the output accepts data again. A reader that closed the pipe is not an error. */
const waitForDrain = (): Promise<unknown> =>
  process.stdout.writable ? once(process.stdout, 'drain').catch(() => undefined) : Promise.resolve();
