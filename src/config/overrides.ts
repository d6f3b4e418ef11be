import { parseDocument } from 'yaml';
import { configError, messageOf } from '../base/errors.ts';
import { findAmbiguousValue, reservedKey } from './yaml-traps.ts';

function parseValue(text: string): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw error;
  const ambiguous = findAmbiguousValue(document);
  if (ambiguous) throw new RangeError(ambiguous.message);
  return document.toJS() as unknown;
}

/** Splits `recipe.epochs=3` into its key and its value, which is read as YAML. @throws UserError 78. */
export function parseOverride(text: string): readonly [key: string, value: unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw configError(`"${text}": expected key=value, as in recipe.epochs=3`);
  try {
    return [text.slice(0, at).trim(), parseValue(text.slice(at + 1))];
  } catch (error) {
    throw configError(`"${text}": ${messageOf(error)}`, error);
  }
}

/**
 * A copy of a config with one value set by its dotted key (`recipe.optimizer.momentum`); groups on the way that are not
 * there yet are made. Whether the key exists at all is for the schema to say.
 * @throws UserError 78 where the key leads through a value that is no group.
 */
export function setByKey(config: unknown, key: string, value: unknown): unknown {
  const walk = (node: unknown, [name, ...rest]: readonly string[]): unknown => {
    if (name === undefined) return value;
    const reserved = reservedKey(name);
    if (reserved !== undefined) throw configError(`cannot set ${key}: ${reserved}`);
    if (node !== undefined && (node === null || typeof node !== 'object' || Array.isArray(node)))
      throw configError(`cannot set ${key}: ${JSON.stringify(node)} has no key "${name}"`);
    const group = (node ?? {}) as Record<string, unknown>;
    return { ...group, [name]: walk(group[name], rest) };
  };
  return walk(config, key.split('.'));
}
