import type { Measurement } from './measurement.ts';

/** At most this many classes are named. */
const MAX_NAMED = 10;

interface Skipped {
  readonly skipped: readonly unknown[];
  readonly skippedByClass?: Readonly<Measurement['data']['skippedByClass']>;
}

/** What was skipped, by class, in one line: "3 bad images skipped: train cat 2 of 10, ..."; undefined if none was skipped. */
export function skippedInWords({ skipped, skippedByClass = [] }: Skipped): string | undefined {
  if (skipped.length === 0) return undefined;
  const named = skippedByClass
    .slice(0, MAX_NAMED)
    .map(({ split, class: name, skipped: count, left }) => `${split} ${name} ${count} of ${count + left}`);
  const more = skippedByClass.length - named.length;
  const classes = [...named, ...(more > 0 ? [`${more} more classes`] : [])].join(', ');
  return `${skipped.length} bad images skipped${classes === '' ? '' : `: ${classes}`}`;
}
