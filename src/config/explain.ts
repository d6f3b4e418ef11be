import { z } from 'zod';
import { nearest, suggestion } from '../base/text/nearest.ts';
import { formatValue } from '../base/text/value.ts';
import { describeExpected } from './expected.ts';

/** Messages that continue the sentence that begins with the key: `recipe.epochs is -3, expected a number above 0`. */
const CONTINUES_KEY = /^(?:is|has|contains|needs|takes|mixes|starts|cannot be) /;

/** Puts a dotted key before a message about its value. */
export const joinKey = (path: readonly PropertyKey[], message: string): string =>
  path.length === 0 ? message : `${path.join('.')}${CONTINUES_KEY.test(message) ? '' : ':'} ${message}`;

/** The issue to report. A misspelt key comes first, because it may also cause an issue about a missing key. */
export const mostRelevantIssue = <T extends { readonly code: string }>(issues: readonly T[]): T | undefined =>
  issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];

/** Paths, from the top of the config, at which the schema would accept text. */
export function pathsExpectingText(issue: z.core.$ZodIssue): PropertyKey[][] {
  if (issue.code === 'invalid_type') return issue.expected === 'string' ? [issue.path] : [];
  if (issue.code !== 'invalid_union') return [];
  const inner = issue.errors.flat().flatMap(pathsExpectingText);
  return inner.map((path) => [...issue.path, ...path]);
}

/** A suggestion for a misspelt choice. */
function choiceHint(issue: z.core.$ZodRawIssue): string {
  if (issue.code !== 'invalid_value' || issue.values.length < 2 || typeof issue.input !== 'string') return '';
  const [best] = nearest(issue.input, issue.values.map(String), 1);
  return best === undefined ? '' : `; did you mean "${best}"?`;
}

/** The issue of the option of a union that fits the value best: the one whose first error is deepest in the value. */
function explainUnion(options: readonly (readonly z.core.$ZodIssue[])[]): string | undefined {
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map((issue) => issue.path.length));
  const [best] = [...options].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  const issue = best === undefined ? undefined : mostRelevantIssue(best);
  return issue === undefined ? undefined : joinKey(issue.path, issue.message);
}

function explainUnknownKeys(issue: z.core.$ZodRawIssue<z.core.$ZodIssueUnrecognizedKeys>): string {
  const [key] = issue.keys;
  const allowed = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
  const value = issue.input?.[key!];
  return `unknown key "${key}" (value ${formatValue(value)}); ${suggestion(key!, allowed)}`;
}

function explainDiscriminator(issue: z.core.$ZodRawIssue): string | undefined {
  const key: unknown = issue['discriminator'];
  const options: unknown = issue['options'];
  if (typeof key !== 'string' || !Array.isArray(options)) return undefined;
  const value = (issue.input as Record<string, unknown> | undefined)?.[key];
  return `is ${formatValue(value)}; ${suggestion(String(value), options.map(String))}`;
}

/** The value, and zod's own message about it. */
function explainWithZod(issue: z.core.$ZodRawIssue): string | undefined {
  const zodMessage = z.locales.en().localeError(issue);
  const text = typeof zodMessage === 'string' ? zodMessage : zodMessage?.message;
  return text === undefined ? undefined : `is ${formatValue(issue.input)}: ${text}`;
}

/** Describes an issue in one line: the value, what was expected and a hint. Used as zod's error map. */
export function explainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') return explainUnknownKeys(issue);
  if (issue.code === 'invalid_union') {
    const best = explainUnion(issue.errors);
    if (best !== undefined) return best;
    return explainDiscriminator(issue);
  }
  const expected = describeExpected(issue);
  if (expected === undefined) return explainWithZod(issue);
  if (issue.input === undefined) return `is missing, expected ${expected}`;
  return `is ${formatValue(issue.input)}, expected ${expected}${choiceHint(issue)}`;
}
