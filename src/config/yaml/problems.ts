import { isAlias, isMap, isNode, isScalar, visit } from 'yaml';
import { MAX_DEPTH } from '../../base/json.ts';
import type { Alias, Document, Scalar, YAMLMap } from 'yaml';

export const TOO_DEEP = 'the file is nested too deeply';

/**
 * Whether brackets are inside each other more deeply than groups may be; those in quotes count too. Asked before the text is parsed,
 * because the parser calls itself for each bracket, and a full stack may end the process.
 */
export function hasDeepBrackets(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Each group in the file is two nodes: the group, and the pair that contains the next one. */
const MAX_ANCESTORS = 2 * MAX_DEPTH;

/** A problem in a YAML file. */
interface YamlProblem {
  /** Its start in the file, in characters. */
  readonly offset: number;
  readonly message: string;
}

/**
 * Finds the first problem that the parser does not report: a duplicate key, more aliases than `maxAliases`, an alias (`*name`)
 * without an anchor (`&name`) before it, an alias inside its own value, which would be endless, or too many groups inside each
 * other. Takes linear time.
 */
export function findYamlProblem(document: Document, maxAliases: number): YamlProblem | undefined {
  const anchors = new Map<string, unknown>();
  let aliases = 0;
  let problem: YamlProblem | undefined;
  visit(document, (_key, node, ancestors) => {
    if (ancestors.length > MAX_ANCESTORS) {
      problem = { offset: isNode(node) ? (node.range?.[0] ?? 0) : 0, message: TOO_DEEP };
    } else if (isAlias(node)) {
      aliases++;
      const message =
        aliases > maxAliases
          ? `the file has more than ${maxAliases} aliases (*name): write the values out`
          : aliasProblem(node, anchors, ancestors);
      if (message !== undefined) problem = { offset: node.range?.[0] ?? 0, message };
    } else if (isNode(node)) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (isMap(node)) problem = duplicateKey(node);
    }
    return problem ? visit.BREAK : undefined;
  });
  return problem;
}

function aliasProblem(
  { source }: Alias,
  anchors: ReadonlyMap<string, unknown>,
  ancestors: readonly unknown[],
): string | undefined {
  const value = anchors.get(source);
  if (value === undefined)
    return `the alias *${source} has no anchor &${source} before it: add the anchor, or write the value out`;
  return ancestors.includes(value) ? `the alias *${source} is inside its own value: write the value out` : undefined;
}

/** A key as text: `1` and `'1'` are the same key. The merge key `<<` is another symbol each time. */
const keyText = ({ value }: Scalar): string => (typeof value === 'symbol' ? '<<' : String(value));

/** How to write a key that occurs twice as one. */
const asOne = (key: string): string => (key === '<<' ? 'write one list, <<: [*a, *b]' : 'remove one');

function duplicateKey({ items }: YAMLMap): YamlProblem | undefined {
  const keys = new Set<string>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    const text = keyText(key);
    if (keys.has(text))
      return { offset: key.range?.[0] ?? 0, message: `the key ${text} occurs twice here: ${asOne(text)}` };
    keys.add(text);
  }
  return undefined;
}

/**
 * The problem with a %YAML directive of another version than 1.2: in 1.1, `1:30` is 90 and `010` is 8. Undefined if there is none.
 * @param text the text of the document.
 */
export function findVersionProblem(document: Document, text: string): YamlProblem | undefined {
  if (document.directives?.yaml.explicit !== true) return undefined;
  const directive = /^\uFEFF?%YAML[ \t]+(\S+)/m.exec(text);
  if (directive === null || directive[1] === '1.2') return undefined;
  const message = `%YAML is ${directive[1]}, expected 1.2: remove this line, and write values as in YAML 1.2`;
  return { offset: directive.index, message };
}
