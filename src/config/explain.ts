import { z } from 'zod';
import { suggestion } from '../base/nearest.ts';

const formatValue = (value: unknown): string => {
  // JSON has no NaN and no infinity.
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

const withoutZodWords = (message: string): string =>
  message.replace(/^(Invalid input|Invalid option): /, '').replace(/, received .*$/, '');

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

const YAML_1_1_BOOLEAN = /^(y|yes|on|n|no|off)$/i;

/** YAML 1.2 has only true and false; YAML 1.1 also has yes, no, on and off. */
const booleanHint = (issue: z.core.$ZodRawIssue): string =>
  issue.code === 'invalid_type' &&
  issue.expected === 'boolean' &&
  typeof issue.input === 'string' &&
  YAML_1_1_BOOLEAN.test(issue.input)
    ? '; write true or false'
    : '';

/** The issue of the option of a union that fits the value best: the one whose first error is deepest in the value. */
function explainUnion(options: readonly (readonly z.core.$ZodIssue[])[]): string | undefined {
  const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map((issue) => issue.path.length));
  const [best] = [...options].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
  const issue = best === undefined ? undefined : mostRelevantIssue(best);
  if (issue === undefined) return undefined;
  const key = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  return `${key}${issue.message}`;
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
  return `got ${formatValue(value)}; ${suggestion(String(value), options.map(String))}`;
}

/** Describes an issue in one line: the value, what was expected and a hint. Used as zod's error map. */
export function explainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') return explainUnknownKeys(issue);
  if (issue.code === 'invalid_union') {
    const best = explainUnion(issue.errors);
    if (best !== undefined) return best;
    return explainDiscriminator(issue);
  }
  const zodMessage = z.locales.en().localeError(issue);
  const text = typeof zodMessage === 'string' ? zodMessage : zodMessage?.message;
  if (text === undefined) return undefined;
  if (issue.input === undefined) return `is missing (${withoutZodWords(text)})`;
  const choices = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const hint = choices.length > 1 && typeof issue.input === 'string' ? `; ${suggestion(issue.input, choices)}` : '';
  return `${withoutZodWords(text)}, got ${formatValue(issue.input)}${hint}${booleanHint(issue)}`;
}
