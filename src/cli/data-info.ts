import { statSync } from 'node:fs';
import { printable } from '../base/printable.ts';
import { hashOfDataSet } from '../data/dataset.ts';
import type { DataSet } from '../data/dataset.ts';
import type { HoldOut } from '../data/hold-out.ts';
import { readPackIndex } from '../data/pack.ts';
import { openSource } from '../data/source.ts';
import { bytesInWords } from './data-progress.ts';

/** `doubletime data info`: what is known without decoding a picture. */
export function info(path: string, json: boolean, holdOut: HoldOut | undefined): string {
  const isPack = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const data = openSource(path, holdOut);
  const facts = { ...describe(data), ...(isPack ? describePack(path) : {}) };
  if (json) return `${JSON.stringify({ path, ...facts, classes: data.classes }, null, 2)}\n`;
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  return Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}\n`)
    .join('');
}

function describe(data: DataSet): Record<string, string | number> {
  const { classes, train, validation } = data;
  const counts = classes.map(() => 0);
  for (const label of train.labels) counts[label]!++;
  const last = classes.length > 1 ? ` to ${classes.at(-1)!}` : '';
  return {
    source: data.source,
    name: data.name,
    classes: `${classes.length} (${classes[0]!}${last})`,
    train: train.indices.length,
    validation: validation.indices.length,
    'train a class': `${Math.min(...counts)} to ${Math.max(...counts)}`,
    'left out': data.skipped.length,
    ...(data.part === undefined ? {} : { part: data.part }),
    sha256: hashOfDataSet(data),
  };
}

function describePack(path: string): Record<string, string> {
  const { header, widths, heights } = readPackIndex(path);
  const range = (values: Uint32Array): string => {
    const [low, high] = [
      values.reduce((a, b) => Math.min(a, b)),
      values.reduce((a, b) => Math.max(a, b)),
    ];
    return low === high ? String(low) : `${low} to ${high}`;
  };
  return {
    stored: header.store === 'raw' ? 'raw RGB' : 'the original files',
    resized: header.size === null ? 'no' : `${header.resize} to ${header.size}`,
    pixels: `${range(widths)} wide, ${range(heights)} high`,
    file: bytesInWords(statSync(path).size),
    'packed with':
      Object.entries(header.decoders)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ') || 'no decoder',
  };
}
