import { type Document, isScalar, type Scalar, visit } from 'yaml';

export interface AmbiguousValue {
  /** Where it begins in the text. */
  readonly offset: number;
  readonly message: string;
}

/** In JavaScript these mean what every object is made from; no config has a use for them. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

export const reservedKey = (key: string): string | undefined =>
  RESERVED.has(key) ? `${key}: unknown key "${key}"; no config has one of this name` : undefined;

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** YAML 1.1 (PyYAML, Ruby) takes a leading zero for octal, YAML 1.2 (used here) for nothing. */
function explainLeadingZero({ value, source }: Scalar): string | undefined {
  const digits = source === undefined ? null : /^[-+]?0(\d+)$/.exec(source)?.[1];
  if (typeof value !== 'number' || digits === undefined || digits === null) return undefined;
  const sign = source!.startsWith('-') ? -1 : 1;
  const octal = /^[0-7]+$/.test(digits) ? sign * parseInt(digits, 8) : undefined;
  const readings =
    octal === undefined || octal === value
      ? `the zeros of ${source!} are lost`
      : `${source!} is ${value}, or ${octal} as YAML 1.1 reads it (octal)`;
  return `${readings}: write ${value} for a number, ${quote(source!)} for text`;
}

/** `1e3` as a key would be called 1000. */
function explainChangedKey({ value, source }: Scalar): string | undefined {
  // The merge key `<<` is a symbol.
  if (typeof value === 'string' || typeof value === 'symbol') return undefined;
  if (source === undefined || source === String(value)) return undefined;
  return `the key ${source === '' ? '(empty)' : source} would be read as ${String(value)}: write ${quote(source)}`;
}

function ambiguityIn(key: unknown, scalar: Scalar): string | undefined {
  const asKey = key === 'key' ? (reservedKey(String(scalar.value)) ?? explainChangedKey(scalar)) : undefined;
  return asKey ?? explainLeadingZero(scalar);
}

/** The first thing in a parsed document that would be read as something else than it looks like. */
export function findAmbiguousValue(document: Document): AmbiguousValue | undefined {
  let found: AmbiguousValue | undefined;
  visit(document, {
    Scalar(key, scalar) {
      const message = ambiguityIn(key, scalar);
      if (message === undefined) return undefined;
      found = { offset: scalar.range?.[0] ?? 0, message };
      return visit.BREAK;
    },
  });
  return found;
}

/** The text of a value that YAML has read as a number, a boolean or null: `1e3` of 1000. */
export function quotedSource(node: unknown): string | undefined {
  if (!isScalar(node) || typeof node.value === 'string' || !node.source) return undefined;
  return quote(node.source);
}
