import type { z } from 'zod';
import { formatCount } from '../base/format.ts';

/** The kinds of values in the words of a config, by their names in zod. */
const KINDS: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'keys with values',
  record: 'keys with values',
  null: 'null',
};

const countItems = (count: unknown, origin: string): string =>
  formatCount(Number(count), origin === 'string' ? 'character' : 'item');

/** A limit in words: `a number above 0`, `a list of at least 2 items`, `text of exactly 64 characters`. */
function describeLimit(
  origin: string,
  limit: unknown,
  { isMinimum, inclusive, exact }: { isMinimum: boolean; inclusive: boolean; exact: boolean },
): string | undefined {
  const kind = KINDS[origin];
  if (kind === undefined) return undefined;
  const isCount = origin === 'string' || origin === 'array';
  if (exact) return `${kind} of exactly ${countItems(limit, origin)}`;
  const bound = isMinimum ? 'at least' : 'at most';
  if (isCount) return `${kind} of ${bound} ${countItems(limit, origin)}`;
  if (inclusive) return `${kind} of ${bound} ${String(limit)}`;
  return `${kind} ${isMinimum ? 'above' : 'below'} ${String(limit)}`;
}

/** The value that an issue of zod expects, in words; undefined for issues that zod's own message describes. */
export function describeExpected(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return KINDS[issue.expected];
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
    return values.length === 1 ? values[0] : `one of: ${values.join(', ')}`;
  }
  const limits = { inclusive: issue['inclusive'] !== false, exact: issue['exact'] === true };
  if (issue.code === 'too_small') return describeLimit(issue.origin, issue.minimum, { ...limits, isMinimum: true });
  if (issue.code === 'too_big') return describeLimit(issue.origin, issue.maximum, { ...limits, isMinimum: false });
  return undefined;
}
