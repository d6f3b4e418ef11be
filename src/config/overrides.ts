import { parseDocument } from 'yaml';
import { configError, messageOf } from '../base/errors.ts';
import { isDeeper } from '../base/json.ts';
import { formatValue } from '../base/text/value.ts';
import { findAmbiguousValue, reservedKey } from './yaml/ambiguities.ts';
import { findVersionProblem, hasDeepBrackets } from './yaml/problems.ts';

const VALUE_TOO_DEEP = 'the value is nested too deeply';

function parseValue(text: string): unknown {
  if (hasDeepBrackets(text)) throw new RangeError(VALUE_TOO_DEEP);
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw error;
  const ambiguous = findVersionProblem(document, text) ?? findAmbiguousValue(document);
  if (ambiguous) throw new RangeError(ambiguous.message);
  const value: unknown = document.toJS();
  if (isDeeper(value)) throw new RangeError(VALUE_TOO_DEEP);
  return value;
}

/** Splits `recipe.epochs=3` into its key and its value, which is parsed as YAML. @throws UserError exit code 78. */
export function parseOverride(text: string): readonly [key: string, value: unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw configError(`"${text}" is not a setting: expected key=value, such as recipe.epochs=3`);
  try {
    return [text.slice(0, at).trim(), parseValue(text.slice(at + 1))];
  } catch (error) {
    throw configError(`"${text}": ${messageOf(error)}`, error);
  }
}

/**
 * Returns a copy of a config with one value set by its dotted key (`recipe.optimizer.momentum`). Creates missing groups of keys. The
 * schema checks later whether the key exists.
 * @throws UserError exit code 78 if a part of the key names a value that has no keys.
 */
export function setByKey(config: unknown, key: string, value: unknown): unknown {
  const setIn = (node: unknown, [name, ...rest]: readonly string[]): unknown => {
    if (name === undefined) return value;
    const reserved = reservedKey(name);
    if (reserved !== undefined) throw configError(`cannot set ${key}: ${reserved}`);
    if (node !== undefined && (node === null || typeof node !== 'object' || Array.isArray(node)))
      throw configError(`cannot set ${key}: ${formatValue(node)} has no key "${name}"`);
    const group = (node ?? {}) as Record<string, unknown>;
    return { ...group, [name]: setIn(group[name], rest) };
  };
  return setIn(config, key.split('.'));
}
