import { type Document, isScalar, type Scalar, visit } from 'yaml';

/** Text that YAML reads as something else than users expect. */
export interface AmbiguousValue {
  /** Its start in the file, in characters. */
  readonly offset: number;
  readonly message: string;
}

/** Keys that would change the JavaScript object itself. No config has such a key. */
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/** The problem with a reserved key; undefined for all other keys. */
export const reservedKey = (key: string): string | undefined =>
  RESERVED.has(key) ? `${key}: unknown key "${key}"; no config has a key of this name` : undefined;

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** YAML 1.1 (PyYAML, Ruby) reads a number with a leading zero as octal. YAML 1.2, which is used here, ignores the zero. */
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

/** The problem with a key that YAML changes, such as `1e3`, which becomes `1000`. */
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

/** The first ambiguous text in a parsed document; undefined if there is none. */
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

/** The source text in quotes of a value that YAML reads as a number, a boolean or null: `'1e3'` for 1000. Undefined for other values. */
export function quotedSource(node: unknown): string | undefined {
  if (!isScalar(node) || typeof node.value === 'string' || !node.source) return undefined;
  return quote(node.source);
}
