import { dirname, resolve } from 'node:path';
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLError } from 'yaml';
import type { z } from 'zod';
import { configError, messageOf, UserError, ExitCode } from '../../base/errors.ts';
import { expandPath } from '../../base/files/expand-path.ts';
import { readFileOrPipe } from './source-text.ts';
import { isDeeper } from '../../base/json.ts';
import { setByKey } from '../overrides.ts';
import { explainIssue, joinKey, mostRelevantIssue, pathsExpectingText } from '../explain.ts';
import { findVersionProblem, findYamlProblem, hasDeepBrackets, TOO_DEEP } from './problems.ts';
import { findAmbiguousValue, quotedSource } from './ambiguities.ts';

/** The keys and list positions that lead from the top of a file to a value. */
export type Path = readonly (string | number)[];

/** A parsed YAML file with the position of each value. */
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** `file:line:column` of a value's key, or of the value itself in a list. For a missing value, that of the nearest group of keys. */
  locate(path: Path): string;
  /** A number, boolean or null as the file contains it, in quotes that make it text; undefined for any other value. */
  quotedText(path: Path): string | undefined;
}

type Place = Node | Pair;

/** The deepest node on the way to `path` that exists. Follows aliases. */
function findPlace(document: Document, path: Path): Place | undefined {
  let place: Place | undefined = document.contents ?? undefined;
  let node: unknown = document.contents;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(
        (item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key),
      );
      if (pair === undefined) return place;
      place = pair;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(key)];
      if (item === undefined) return place;
      place = item as Place;
      node = item;
    } else return place;
  }
  return place;
}

function offsetOf(place: Place | undefined): number {
  if (isPair(place)) return (place.key as Node | null)?.range?.[0] ?? 0;
  return place?.range?.[0] ?? 0;
}

function syntaxText(error: unknown): string {
  const message = messageOf(error);
  if (message.includes('Maximum call stack')) return TOO_DEEP;
  return (error as YAMLError).code === 'MULTIPLE_DOCS'
    ? 'a second document begins here: expected one document per file'
    : message;
}

/** The maximum number of characters of a file. A config of a thousand runs has about a tenth of it. */
const MAX_CHARACTERS = 2 ** 20;
/** The maximum number of aliases (`*name`) of a file after expansion. Nested aliases can expand a few lines to billions of values. */
const MAX_ALIASES = 1000;

/** The node of the value at `path`. Follows aliases. */
function nodeAt(document: Document, path: Path): unknown {
  const place = findPlace(document, path);
  const node: unknown = isPair(place) ? place.value : place;
  return isAlias(node) ? node.resolve(document) : node;
}

/** Parses YAML 1.2 text. `file`: its name in messages. @throws UserError exit code 78 with file:line:column. */
export function parseYaml(text: string, file: string): YamlSource {
  if (text.length > MAX_CHARACTERS) {
    throw configError(`${file} has ${text.length} characters, expected at most ${MAX_CHARACTERS}: name a config file`);
  }
  const lines = new LineCounter();
  // findYamlProblem finds duplicate keys, because the parser's own check takes a minute for 25,000 keys.
  const options = { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false };
  if (hasDeepBrackets(text)) throw configError(`${file}: ${TOO_DEEP}`);
  const document = parseDocument(text, options);
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const [first] = document.errors;
  if (first) throw configError(`${at(first.pos[0])}: ${syntaxText(first)}`, first);
  const problem =
    findVersionProblem(document, text) ?? findYamlProblem(document, MAX_ALIASES) ?? findAmbiguousValue(document);
  if (problem) throw configError(`${at(problem.offset)}: ${problem.message}`);
  const value = valueOf(document, (message, error) => configError(`${at(0)}: ${message}`, error));
  return {
    file,
    value,
    locate: (path) => at(offsetOf(findPlace(document, path))),
    quotedText: (path) => quotedSource(nodeAt(document, path)),
  };
}

function valueOf(document: Document, fail: (message: string, cause: unknown) => UserError): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (!isDeeper(value)) return value;
  } catch (error) {
    const tooMany = error instanceof ReferenceError;
    const message = tooMany
      ? `the aliases (*name) expand to more than ${MAX_ALIASES} values: write them out`
      : syntaxText(error);
    throw fail(message, error);
  }
  throw fail(TOO_DEEP, undefined);
}

/** Reads the text of a YAML file. @throws UserError as `readFileOrPipe`. */
export function readYamlText(file: string): string {
  return readFileOrPipe(file);
}

/** Reads and parses a YAML file. @throws UserError exit code 78 if it is not YAML; otherwise as `readFileOrPipe`. */
export const openYaml = (file: string): YamlSource => parseYaml(readYamlText(file), file);

/** Creates an error with the position of a value and its key: `file:line:column: seed is -1, expected ...`; exit code 78 by default. */
export const errorAt = (
  source: YamlSource,
  path: Path,
  message: string,
  exitCode: ExitCode = ExitCode.config,
): UserError => new UserError(`${source.locate(path)}: ${joinKey(path, message)}`, exitCode);

/** Returns a copy of a source with the value of another source at `path`. Messages about that value name the lines of the other file. */
export function include(source: YamlSource, path: Path, included: YamlSource): YamlSource {
  return {
    file: source.file,
    value: replaceAt(source.value, path, included.value),
    locate: (target) =>
      target.length > path.length && startsWith(target, path)
        ? included.locate(target.slice(path.length))
        : source.locate(target),
    quotedText: (target) =>
      startsWith(target, path) ? included.quotedText(target.slice(path.length)) : source.quotedText(target),
  };
}

/**
 * The file path at `path` with expanded `~` and environment variables.
 * @param base the folder that it is relative to.
 * @throws UserError exit code 78 if a variable is not set.
 */
export function expandedPath(source: YamlSource, path: Path, base: string): string {
  try {
    return expandPath(String(valueAt(source, path)), base);
  } catch (error) {
    throw errorAt(source, path, messageOf(error));
  }
}

/** Returns a copy of a source in which the file path at `path`, if any, is expanded. The path is relative to the working folder. */
export function withExpandedPath(source: YamlSource, path: Path): YamlSource {
  if (typeof valueAt(source, path) !== 'string') return source;
  const value = replaceAt(source.value, path, expandedPath(source, path, process.cwd()));
  return { ...source, value };
}

/** Returns a copy of a JSON-like value with `replacement` at `path`. */
function replaceAt(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, i) => (i === Number(key) ? replaceAt(item, rest, replacement) : item));
  }
  const entries = (value ?? {}) as Record<string, unknown>;
  return { ...entries, [key]: replaceAt(entries[key], rest, replacement) };
}

const startsWith = (path: Path, start: Path): boolean => start.every((key, i) => String(path[i]) === String(key));

/** The value at `path`; undefined if it is missing. */
export const valueAt = (source: YamlSource, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key],
    source.value,
  );

/**
 * Composes a source from parts of other sources, each under its own key. Messages name the positions in those sources.
 * @param otherwise the position for a key without a part.
 */
export function compose(
  file: string,
  parts: ReadonlyMap<string, { readonly source: YamlSource; readonly path: Path }>,
  otherwise: () => string,
): YamlSource {
  return {
    file,
    value: Object.fromEntries([...parts].map(([key, { source, path }]) => [key, valueAt(source, path)])),
    locate: ([key, ...rest]) => {
      const part = parts.get(String(key));
      return part ? part.source.locate([...part.path, ...rest]) : otherwise();
    },
    quotedText: ([key, ...rest]) => {
      const part = parts.get(String(key));
      return part?.source.quotedText([...part.path, ...rest]);
    },
  };
}

/**
 * Returns a copy of a source with one value set by its dotted key.
 * @param place the position of the new value for messages.
 * @param quotedText as in YamlSource, for paths inside the new value.
 */
export function override(
  source: YamlSource,
  key: string,
  value: unknown,
  place: () => string,
  quotedText: YamlSource['quotedText'] = () => undefined,
): YamlSource {
  const path = key.split('.');
  // If the override creates a group of keys, the whole group has the position of the override.
  const missing = path.findIndex((_, i) => valueAt(source, path.slice(0, i + 1)) === undefined);
  const created = missing < 0 ? path : path.slice(0, missing + 1);
  return {
    file: source.file,
    value: setByKey(source.value, key, value),
    locate: (target) => (startsWith(target, created) ? place() : source.locate(target)),
    quotedText: (target) =>
      startsWith(target, path) ? quotedText(target.slice(path.length)) : source.quotedText(target),
  };
}

/**
 * Replaces text at `path` by the content of the YAML file that it names: `recipe: ../recipes/alexnet.yaml`. The path is relative to
 * the file of the source.
 * @throws UserError exit code 66 with file:line:column if the file does not exist, 78 if it is not YAML.
 */
export function includeFile(source: YamlSource, path: Path, open = openYaml): YamlSource {
  const name = valueAt(source, path);
  if (typeof name !== 'string') return source;
  const file = expandedPath(source, path, dirname(source.file));
  try {
    return include(source, path, open(resolve(dirname(source.file), file)));
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.noInput)
      throw errorAt(source, path, messageOf(error), ExitCode.noInput);
    throw error;
  }
}

/**
 * Checks a source against a schema and fills in the defaults.
 * @throws UserError exit code 78 with file:line:column, the key, its value, what was expected and, for a misspelt key, a suggestion.
 */
export function validateYaml<S extends z.ZodType>(source: YamlSource, schema: S): z.output<S> {
  const result = schema.safeParse(source.value, { error: explainIssue, reportInput: true });
  if (result.success) return result.data;
  const issue = mostRelevantIssue(result.error.issues)!;
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const place = issue.code === 'unrecognized_keys' ? [...path, issue.keys[0]!] : path;
  const text = pathsExpectingText(issue)
    .map((target) => source.quotedText(target.filter((key) => typeof key !== 'symbol')))
    .find((quoted) => quoted !== undefined);
  const hint = text === undefined ? '' : `; for text, write ${text}`;
  throw errorAt(source, place, issue.message + hint);
}

/** Reads a YAML file and checks it against a schema. @throws UserError as `openYaml` and `validateYaml`. */
export const readYaml = <S extends z.ZodType>(file: string, schema: S): z.output<S> =>
  validateYaml(openYaml(file), schema);
