import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The comments of one object of a schema in the source, by key. */
export interface CommentedObject {
  readonly keys: ReadonlySet<string>;
  readonly comments: ReadonlyMap<string, string>;
}

/** The text of the comment above a key, in one line. */
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

/** Every object in the sources of a folder that has a comment above one of its keys. */
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

/** The comment on a key of a schema's object: that of the object in the source with the most keys in common. */
export function commentOn(objects: readonly CommentedObject[], keys: readonly string[], key: string): string {
  const likeness = ({ keys: own }: CommentedObject): number => {
    const common = keys.filter((name) => own.has(name)).length;
    return common / (keys.length + own.size - common);
  };
  const having = objects.filter(({ comments }) => comments.has(key));
  const [best] = having.sort((a, b) => likeness(b) - likeness(a));
  return best !== undefined && likeness(best) > 0.25 ? best.comments.get(key)! : '';
}
