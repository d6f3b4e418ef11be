import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The doc comment of a key. */
export interface KeyDoc {
  /** The comment as one line. */
  readonly meaning: string;
  /** From the tag `@unit`, such as `seconds`. */
  readonly unit?: string;
  /** From the tag `@example`: a value as YAML. */
  readonly example?: string;
}

/** The keys of one schema object in the source, with their comments. */
export interface CommentedObject {
  readonly keys: ReadonlySet<string>;
  readonly docs: ReadonlyMap<string, KeyDoc>;
  /** The value of its key `name` if that is a literal, such as `adam`. */
  readonly kind?: string;
  /** The constant that contains the object, such as `mixup`. */
  readonly owner?: string;
}

/** The keys that an object gets by `...name`, for imported names. */
export type Spreads = Readonly<Record<string, ReadonlyMap<string, KeyDoc>>>;

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

function readDoc(node: ts.Node): KeyDoc | undefined {
  const comment = ts.getJSDocCommentsAndTags(node).find((found) => ts.isJSDoc(found));
  const meaning = ts.getTextOfJSDocComment(comment?.comment);
  if (meaning === undefined) return undefined;
  const tag = (name: string): string | undefined => {
    const found = comment?.tags?.find(({ tagName }) => tagName.text === name);
    return found && oneLine(ts.getTextOfJSDocComment(found.comment) ?? '');
  };
  const [unit, example] = [tag('unit'), tag('example')];
  return { meaning: oneLine(meaning), ...(unit && { unit }), ...(example && { example }) };
}

/** The comment before an expression, such as an alternative in a list. */
function commentBefore(node: ts.Node, text: string): KeyDoc | undefined {
  const [range] = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  const comment = range && text.slice(range.pos, range.end);
  if (!comment?.startsWith('/**')) return undefined;
  return { meaning: oneLine(comment.replaceAll(/^\/\*\*|\*\/$|^\s*\*/gm, '')) };
}

/** The constants at the top of a file: their values and their comments. */
function constantsIn(file: ts.SourceFile): Map<string, { value: ts.Expression | undefined; doc: KeyDoc | undefined }> {
  const statements = file.statements.filter(ts.isVariableStatement);
  return new Map(
    statements.flatMap((statement) =>
      statement.declarationList.declarations.map((declaration) => [
        declaration.name.getText(),
        { value: declaration.initializer, doc: readDoc(statement) },
      ]),
    ),
  );
}

/** The documented constants of all files in a folder, by name. */
export function documentedConstants(folder: string): Map<string, KeyDoc> {
  const found = sourceFiles(folder).flatMap((file) =>
    [...constantsIn(file)].flatMap(([name, { doc }]): [string, KeyDoc][] => (doc ? [[name, doc]] : [])),
  );
  return new Map(found);
}

const LITERAL = /^z\.literal\('(\w+)'\)/;

/** Reads the schema objects of one file. */
class ObjectReader {
  readonly found: CommentedObject[] = [];
  readonly #text: string;
  readonly #constants: ReturnType<typeof constantsIn>;
  readonly #spreads: Spreads;

  constructor(file: ts.SourceFile, spreads: Spreads) {
    this.#text = file.text;
    this.#constants = constantsIn(file);
    this.#spreads = spreads;
    this.#visit(file);
  }

  #visit(node: ts.Node, owner?: string): void {
    if (ts.isObjectLiteralExpression(node)) this.found.push({ ...this.#read(node), ...(owner && { owner }) });
    const below = owner ?? (ts.isVariableDeclaration(node) ? node.name.getText() : undefined);
    ts.forEachChild(node, (child) => {
      this.#visit(child, below);
    });
  }

  #read(node: ts.ObjectLiteralExpression): CommentedObject {
    const keys = new Set<string>();
    const docs = new Map<string, KeyDoc>();
    let kind: string | undefined;
    for (const part of node.properties) {
      if (ts.isSpreadAssignment(part)) {
        const spread = this.#spread(part.expression.getText());
        for (const key of spread.keys) keys.add(key);
        for (const [key, doc] of spread.docs) docs.set(key, doc);
      } else {
        const key = part.name.getText();
        keys.add(key);
        if (key === 'name' && ts.isPropertyAssignment(part)) kind = LITERAL.exec(part.initializer.getText())?.[1];
        const doc = readDoc(part) ?? (kind !== undefined && key === 'name' ? this.#readKindDoc(kind, node) : undefined);
        if (doc) docs.set(key, doc);
      }
    }
    return { keys, docs, ...(kind !== undefined && { kind }) };
  }

  #spread(name: string): CommentedObject {
    const outside = this.#spreads[name];
    if (outside) return { keys: new Set(outside.keys()), docs: outside };
    const value = this.#constants.get(name)?.value;
    return value && ts.isObjectLiteralExpression(value) ? this.#read(value) : { keys: new Set(), docs: new Map() };
  }

  /** The description of an alternative: the comment of the constant with its name, or the comment before its schema. */
  #readKindDoc(kind: string, node: ts.ObjectLiteralExpression): KeyDoc | undefined {
    return this.#constants.get(kind)?.doc ?? commentBefore(node.parent, this.#text);
  }
}

function sourceFiles(folder: string): ts.SourceFile[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names
    .sort()
    .map((name) => ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.Latest, true));
}

/** All objects in the sources of a folder that have a comment on at least one key. */
export const commentedObjects = (folder: string, spreads: Spreads = {}): CommentedObject[] =>
  sourceFiles(folder)
    .flatMap((file) => new ObjectReader(file, spreads).found)
    .filter(({ docs }) => docs.size > 0);

/**
 * The comment on a key of a schema object. It comes from the source object of the same kind that has the most keys in common; among
 * equals, from the object in the constant `owner`. Undefined if no object fits.
 */
export function docOn(
  objects: readonly CommentedObject[],
  schema: { readonly keys: readonly string[]; readonly kind?: string | undefined; readonly owner?: string | undefined },
  key: string,
): KeyDoc | undefined {
  const similarity = ({ keys: own }: CommentedObject): number => {
    const common = schema.keys.filter((name) => own.has(name)).length;
    return common / (schema.keys.length + own.size - common);
  };
  const candidates = objects.filter(({ docs, kind }) => docs.has(key) && kind === schema.kind);
  const isOwn = ({ owner }: CommentedObject): number => (owner !== undefined && owner === schema.owner ? 1 : 0);
  const [best] = candidates.sort((a, b) => similarity(b) - similarity(a) || isOwn(b) - isOwn(a));
  return best !== undefined && similarity(best) > 0.25 ? best.docs.get(key) : undefined;
}
