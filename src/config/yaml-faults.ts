import { isAlias, isMap, isNode, isScalar, visit } from 'yaml';
import type { Alias, Document, YAMLMap } from 'yaml';

/** What is wrong at a place of a YAML text. */
interface YamlProblem {
  readonly offset: number;
  readonly message: string;
}

/**
 * Finds the first fault that the parser lets pass: a key that stands twice in a mapping; more aliases than `mostAliases`; an
 * alias (`*name`) without its anchor (`&name`) before it, or inside of what it stands for, which would be a value without an
 * end. Takes time in proportion to the text.
 */
export function findYamlProblem(document: Document, maxAliases: number): YamlProblem | undefined {
  const anchors = new Map<string, unknown>();
  let aliases = 0;
  let problem: YamlProblem | undefined;
  visit(document, (_key, node, around) => {
    if (isAlias(node)) {
      aliases++;
      const message =
        aliases > maxAliases
          ? `it has more than ${maxAliases} aliases (*name): write the values out`
          : aliasProblem(node, anchors, around);
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
  around: readonly unknown[],
): string | undefined {
  const value = anchors.get(source);
  if (value === undefined) return `*${source}: no value before it is marked &${source}`;
  return around.includes(value) ? `*${source}: it stands inside of its own value` : undefined;
}

function duplicateKey({ items }: YAMLMap): YamlProblem | undefined {
  const keys = new Set<unknown>();
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    if (keys.has(key.value)) return { offset: key.range?.[0] ?? 0, message: 'Map keys must be unique' };
    keys.add(key.value);
  }
  return undefined;
}
