import { formatCount } from '../base/format.ts';
import type { Measurement } from './measurement.ts';

/** The largest number of classes in a line. */
const MAX_CLASSES = 10;

interface Skipped {
  readonly skipped: readonly unknown[];
  readonly skippedByClass?: Readonly<Measurement['data']['skippedByClass']>;
}

/** The skipped images by class in one line: "3 bad images skipped: train cat 2 of 10, ...". Undefined if none were skipped. */
export function describeSkipped({ skipped, skippedByClass = [] }: Skipped): string | undefined {
  if (skipped.length === 0) return undefined;
  const named = skippedByClass
    .slice(0, MAX_CLASSES)
    .map(({ split, class: name, skipped: count, left }) => `${split} ${name} ${count} of ${count + left}`);
  const more = skippedByClass.length - named.length;
  const classes = [...named, ...(more > 0 ? [formatCount(more, 'more class')] : [])].join(', ');
  return `${formatCount(skipped.length, 'bad image')} skipped${classes === '' ? '' : `: ${classes}`}`;
}
