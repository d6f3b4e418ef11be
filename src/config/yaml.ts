import { dirname, resolve } from 'node:path';
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLError } from 'yaml';
import type { z } from 'zod';
import { configError, messageOf, UserError, ExitCode } from '../base/errors.ts';
import { expandPath } from '../base/expand-path.ts';
import { readGivenText } from './given-text.ts';
import { setByKey } from './overrides.ts';
import { explainIssue, pathsExpectingText, mostRelevantIssue } from './explain.ts';
import { findYamlProblem } from './yaml-faults.ts';
import { findAmbiguousValue, quotedSource } from './yaml-traps.ts';

/** Keys and list positions from the top of a file down to a value. */
export type Path = readonly (string | number)[];

/** A parsed YAML file that still knows where each of its values stands. */
export interface YamlSource {
  readonly file: string;
  readonly value: unknown;
  /** `file:line:column` of a value, or of the nearest one around it where it is missing; of its key, where it has one. */
  locate(path: Path): string;
  /** A number, boolean or null as it is written, in the quotes that make it text; undefined for all else. */
  quotedText(path: Path): string | undefined;
}

type Place = Node | Pair;

/** The deepest node on the way to `path`, aliases followed. */
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
  if (message.includes('Maximum call stack')) return 'it is nested too deeply';
  return (error as YAMLError).code === 'MULTIPLE_DOCS' ? 'a second document begins here: keep one to a file' : message;
}

/** Characters of a file: a config of a thousand runs takes a tenth. */
const MAX_CHARACTERS = 2 ** 20;
/** Aliases (`*name`) of a file, those included that stand within what others stand for: a few lines can mean billions. */
const MAX_ALIASES = 1000;

/** The node of the value at `path`, aliases followed. */
function nodeAt(document: Document, path: Path): unknown {
  const place = findPlace(document, path);
  const node: unknown = isPair(place) ? place.value : place;
  return isAlias(node) ? node.resolve(document) : node;
}

/** Parses YAML 1.2 text; `file` is only its name for messages. @throws UserError 78 with file:line:column. */
export function parseYaml(text: string, file: string): YamlSource {
  if (text.length > MAX_CHARACTERS) {
    throw configError(`${file} has ${text.length} characters, at most ${MAX_CHARACTERS} are read: is it a config?`);
  }
  const lines = new LineCounter();
  // The parser's own search for equal keys takes a minute for 25,000 of them: findFault does it.
  const options = { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false };
  const document = parseDocument(text, options);
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const [first] = document.errors;
  if (first) throw configError(`${at(first.pos[0])}: ${syntaxText(first)}`, first);
  const problem = findYamlProblem(document, MAX_ALIASES) ?? findAmbiguousValue(document);
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
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const tooMany = error instanceof ReferenceError;
    const message = tooMany
      ? `its aliases (*name) stand for more than ${MAX_ALIASES} values: write them out`
      : syntaxText(error);
    throw fail(message, error);
  }
}

/** The text of a YAML file. @throws UserError 66 where there is none; others as `readGivenText`. */
export function readYamlText(file: string): string {
  return readGivenText(file);
}

/** Reads and parses a YAML file. @throws UserError 78 where it is no YAML, 66 where it cannot be read. */
export const openYaml = (file: string): YamlSource => parseYaml(readYamlText(file), file);

/** An error that names the place in the file: `file:line:column: key: message`. */
export function errorAt(source: YamlSource, path: Path, message: string): UserError {
  const key = path.length > 0 ? `${path.join('.')}: ` : '';
  return configError(`${source.locate(path)}: ${key}${message}`);
}

/** The same source with the value at `path` replaced by another file's; messages then name that file's lines. */
export function include(source: YamlSource, path: Path, included: YamlSource): YamlSource {
  return {
    file: source.file,
    value: replaceAt(source.value, path, included.value),
    locate: (wanted) =>
      wanted.length > path.length && startsWith(wanted, path)
        ? included.locate(wanted.slice(path.length))
        : source.locate(wanted),
    quotedText: (wanted) =>
      startsWith(wanted, path) ? included.quotedText(wanted.slice(path.length)) : source.quotedText(wanted),
  };
}

/**
 * The path at `path`, with `~` and environment variables filled in.
 * @param base what it is relative to. @throws UserError 78 where a variable is not set.
 */
export function expandedPath(source: YamlSource, path: Path, base: string): string {
  try {
    return expandPath(String(valueAt(source, path)), base);
  } catch (error) {
    throw errorAt(source, path, messageOf(error));
  }
}

/** The same source with the path at `path`, where there is one, filled in; it is relative to the working folder. */
export function withExpandedPath(source: YamlSource, path: Path): YamlSource {
  if (typeof valueAt(source, path) !== 'string') return source;
  const value = replaceAt(source.value, path, expandedPath(source, path, process.cwd()));
  return { ...source, value };
}

/** A copy of a JSON-like value with the one at `path` replaced. */
function replaceAt(value: unknown, [key, ...rest]: Path, put: unknown): unknown {
  if (key === undefined) return put;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, i) => (i === Number(key) ? replaceAt(item, rest, put) : item));
  }
  const entries = (value ?? {}) as Record<string, unknown>;
  return { ...entries, [key]: replaceAt(entries[key], rest, put) };
}

const startsWith = (path: Path, start: Path): boolean => start.every((key, i) => String(path[i]) === String(key));

/** The value at `path`, undefined where there is none. */
export const valueAt = (source: YamlSource, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key],
    source.value,
  );

/** A source put together from parts of others, each under a key of its own; messages name the parts' own places. */
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
 * The same source with one value set by its dotted key; messages about it name the place of the override. `written` is that of
 * the value, whose own place has the path [].
 */
export function override(
  source: YamlSource,
  key: string,
  value: unknown,
  place: () => string,
  written: YamlSource['quotedText'] = () => undefined,
): YamlSource {
  const path = key.split('.');
  // A group on the way that was not there stands nowhere else, nor does what it lacks.
  const missing = path.findIndex((_, i) => valueAt(source, path.slice(0, i + 1)) === undefined);
  const ours = missing < 0 ? path : path.slice(0, missing + 1);
  return {
    file: source.file,
    value: setByKey(source.value, key, value),
    locate: (wanted) => (startsWith(wanted, ours) ? place() : source.locate(wanted)),
    quotedText: (wanted) => (startsWith(wanted, path) ? written(wanted.slice(path.length)) : source.quotedText(wanted)),
  };
}

/**
 * Where the value at `path` is text, it names another YAML file (relative to the one it stands in), which takes its
 * place: `recipe: ../recipes/alexnet.yaml`.
 */
export function includeFile(source: YamlSource, path: Path, open = openYaml): YamlSource {
  const name = valueAt(source, path);
  if (typeof name !== 'string') return source;
  const file = expandedPath(source, path, dirname(source.file));
  try {
    return include(source, path, open(resolve(dirname(source.file), file)));
  } catch (error) {
    if (error instanceof UserError && error.exitCode === ExitCode.noInput)
      throw errorAt(source, path, messageOf(error));
    throw error;
  }
}

/**
 * Checks a source against a schema and fills in its defaults.
 * @throws UserError 78: file:line:column, the key, its value, what was expected and, for a mistyped key, the nearest one.
 */
export function validateYaml<S extends z.ZodType>(source: YamlSource, schema: S): z.output<S> {
  const result = schema.safeParse(source.value, { error: explainIssue, reportInput: true });
  if (result.success) return result.data;
  const issue = mostRelevantIssue(result.error.issues)!;
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const place = issue.code === 'unrecognized_keys' ? [...path, issue.keys[0]!] : path;
  const text = pathsExpectingText(issue)
    .map((wanted) => source.quotedText(wanted.filter((key) => typeof key !== 'symbol')))
    .find((written) => written !== undefined);
  const hint = text === undefined ? '' : `; as text it is written in quotes: ${text}`;
  throw errorAt(source, place, issue.message + hint);
}

/** Reads a YAML file and checks it against a schema; errors as in `openYaml` and `validateYaml`. */
export const readYaml = <S extends z.ZodType>(file: string, schema: S): z.output<S> =>
  validateYaml(openYaml(file), schema);
