import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The comments on the keys of one schema object in the source. */
export interface CommentedObject {
  readonly keys: ReadonlySet<string>;
  readonly comments: ReadonlyMap<string, string>;
}

/** The comment above a key, as one line. */
function commentOf(node: ts.Node): string | undefined {
  const [first] = ts.getJSDocCommentsAndTags(node).filter((found) => ts.isJSDoc(found));
  const text = first && ts.getTextOfJSDocComment(first.comment);
  return text?.replaceAll(/\s+/g, ' ').trim();
}

function objectOf(node: ts.ObjectLiteralExpression): CommentedObject {
  const named = node.properties.filter(
    (part) => ts.isPropertyAssignment(part) || ts.isShorthandPropertyAssignment(part),
  );
  const entries = named.map((part): [string, string | undefined] => [part.name.getText(), commentOf(part)]);
  return {
    keys: new Set(entries.map(([key]) => key)),
    comments: new Map(entries.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

/** All objects in the sources of a folder with a comment above at least one key. */
export function commentedObjects(folder: string): CommentedObject[] {
  const found: CommentedObject[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) found.push(objectOf(node));
    ts.forEachChild(node, visit);
  };
  for (const name of readdirSync(folder).sort())
    visit(ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.Latest, true));
  return found.filter(({ comments }) => comments.size > 0);
}

/** The comment on a key of a schema object, taken from the source object with the most keys in common. */
export function commentOn(objects: readonly CommentedObject[], keys: readonly string[], key: string): string {
  const similarity = ({ keys: own }: CommentedObject): number => {
    const common = keys.filter((name) => own.has(name)).length;
    return common / (keys.length + own.size - common);
  };
  const candidates = objects.filter(({ comments }) => comments.has(key));
  const [best] = candidates.sort((a, b) => similarity(b) - similarity(a));
  return best !== undefined && similarity(best) > 0.25 ? best.comments.get(key)! : '';
}
