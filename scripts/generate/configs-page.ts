import { packageFile } from '../../src/base/files/home.ts';
import { schemaFiles } from '../../src/config/json-schema.ts';
import { asSentence } from '../../src/base/text/sentence.ts';
import { executorOptions } from '../../src/sweep/executors/options.ts';
import { optionDefinitions } from '../../models/options.ts';
import { type CommentedObject, commentedObjects, docOn, documentedConstants, type KeyDoc } from './comments.ts';

/** The part of JSON Schema that zod writes. */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

const code = (value: unknown): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function describeBounds(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const low = exclusiveMinimum ?? minimum;
  const high = exclusiveMaximum ?? maximum;
  const parts = [
    ...(low === undefined || low <= Number.MIN_SAFE_INTEGER
      ? []
      : [`${exclusiveMinimum === undefined ? 'at least' : 'above'} ${low}`]),
    ...(high === undefined || high >= Number.MAX_SAFE_INTEGER
      ? []
      : [`${exclusiveMaximum === undefined ? 'at most' : 'below'} ${high}`]),
  ];
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`;
}

/** The allowed values of a key, for a table cell. */
function typeText(schema: Schema): string {
  if (schema.$ref?.endsWith('recipeReference')) return 'a recipe, its file, or `from` a file with changes';
  if (schema.$ref !== undefined) return `see ${schema.$ref.split('/').at(-1)!}`;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(typeText))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => typeText({ ...schema, type })).join(' or ');
  if (schema.type === 'array') return `list of ${schema.items ? typeText(schema.items) : 'values'}`;
  if (schema.type === 'object') return 'group';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'boolean') return '`true`, `false`';
  if (schema.type === 'null') return '`null`';
  if (schema.type === undefined) return 'any value, checked with the run';
  return `${schema.type === 'integer' ? 'whole number' : String(schema.type)}${describeBounds(schema)}`;
}

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`);

/** A key of a config. */
export interface Row {
  readonly key: string;
  readonly schema: Schema;
  /** Its default, or whether it is required; empty if it is neither. */
  readonly otherwise: string;
  /** Undefined if no comment describes it. */
  readonly doc: KeyDoc | undefined;
}

/** The objects in a schema: itself, its alternatives, or the items of a list. */
function groupsIn(schema: Schema): Schema[] {
  if (schema.properties) return [schema];
  if (schema.items) return groupsIn(schema.items);
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap(groupsIn);
}

/** The name of one of several alternatives, such as `step` of the schedules. */
function readKind({ properties = {} }: Schema): string | undefined {
  const kind = properties['name']?.const;
  return typeof kind === 'string' ? kind : undefined;
}

/**
 * The rows of all keys of a schema and of the groups in it.
 * @param isChoice whether the schema is one of several without names: then the description of a key says when it is required.
 */
function createRows(schema: Schema, path: string, objects: readonly CommentedObject[], isChoice = false): Row[] {
  const { properties = {} } = schema;
  const required = isChoice ? [] : (schema.required ?? []);
  const keys = Object.keys(properties);
  const kind = readKind(schema);
  return keys.flatMap((key): Row[] => {
    const property = properties[key]!;
    const name = path === '' ? key : `${path}.${key}`;
    const otherwise =
      property.default !== undefined ? code(property.default) : required.includes(key) ? 'required' : '';
    const row: Row = {
      key: name,
      schema: property,
      otherwise,
      doc: docOn(objects, { keys, kind, owner: path.split('.').at(-1) }, key),
    };
    const innerGroups = groupsIn(property);
    return [
      row,
      ...innerGroups.flatMap((group) =>
        createRows(
          group,
          innerGroups.length > 1 ? groupPath(name, group) : name,
          objects,
          innerGroups.length > 1 && readKind(group) === undefined,
        ),
      ),
    ];
  });
}

const groupPath = (path: string, group: Schema): string => {
  const kind = readKind(group);
  return kind === undefined ? path : `${path} (${kind})`;
};

const TITLES: Readonly<Record<string, string>> = {
  'run.json': 'A run (`doubletime train`)',
  'recipe.json': 'A recipe (`recipe` of a run or a sweep)',
  'sweep.json': 'A sweep (`doubletime sweep`)',
};

const HEAD = `# Keys of the config files

This page lists every key of the config files. \`npm run docs\` generates it from the schemas in \`src/\`, and a test checks that it is
current. Editors use the JSON Schemas in \`configs/schema/\` to complete and check config files. [training.md](training.md) and
[sweeps.md](sweeps.md) explain the values.

- A dot stands for a key inside of a group: \`level.metric\` is written as \`level: { metric: top1 }\`.
- \`schedule (cosine).endFraction\` is a key of a schedule with \`name: cosine\`.
- A key without a default may be left out unless it is required. An option of \`network\` is then as published.
`;

/** The comments on all keys: those of src/config, of the parts of a recipe, of data, of the executors and of the networks' options. */
function allComments(): CommentedObject[] {
  const options = Object.entries(optionDefinitions).map(([name, { description }]): [string, KeyDoc] => [
    name,
    { meaning: asSentence(description) },
  ]);
  const spreads = {
    optionSchemas: new Map(options.filter(([name]) => name !== 'classes')),
    methodSchemas: documentedConstants(packageFile('src/recipe/methods')),
    requestFields:
      commentedObjects(packageFile('src/data')).find(({ owner }) => owner === 'requestFields')?.docs ??
      new Map<string, KeyDoc>(),
  };
  const config = commentedObjects(packageFile('src/config'), spreads);
  const recipe = config.find(({ owner }) => owner === 'recipeSchema')?.docs ?? new Map<string, KeyDoc>();
  const all = { ...spreads, 'recipeSchema.shape': recipe };
  const folders = ['src/config', 'src/recipe', 'src/data', 'src/sweep/executors'];
  return folders.flatMap((folder) => commentedObjects(packageFile(folder), all));
}

/** The comments on the keys of a sweep that executors add: each key is the executor's name. */
const executorDocs = (): Map<string, KeyDoc> => {
  const constants = documentedConstants(packageFile('src/sweep/executors'));
  return new Map(
    Object.keys(executorOptions()).flatMap((name): [string, KeyDoc][] => {
      const doc = constants.get(`${name}Options`);
      return doc ? [[name, doc]] : [];
    }),
  );
};

/** Every key of a config by the name of its schema file. */
export function configKeys(): Map<string, Row[]> {
  const objects = allComments();
  const executors = executorDocs();
  return new Map(
    [...schemaFiles(executorOptions())].map(([file, text]) => {
      const schema = JSON.parse(text) as Schema;
      const named = Object.entries(schema.$defs ?? {}).flatMap(([name, group]) =>
        file === 'recipe.json' ? groupsIn(group).flatMap((part) => createRows(part, name, objects)) : [],
      );
      const rows = [...createRows(schema, '', objects), ...named];
      return [file, rows.map((row) => ({ ...row, doc: row.doc ?? executors.get(row.key) }))];
    }),
  );
}

const rowText = ({ key, schema, otherwise, doc }: Row): string => {
  const type = `${typeText(schema)}${doc?.unit === undefined ? '' : `, in ${doc.unit}`}`;
  const example = doc?.example === undefined ? '' : ` Example: ${code(doc.example)}.`;
  return `| \`${key}\` | ${cell(type)} | ${cell(otherwise)} | ${cell((doc?.meaning ?? '') + example)} |`;
};

/** docs/configs.md: every key with its type, unit, default and meaning. */
export function configsPage(): string {
  const sections = [...configKeys()].map(([file, rows]) => {
    const lines = rows.map(rowText).join('\n');
    return `\n## ${TITLES[file] ?? file}\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n${lines}\n`;
  });
  return HEAD + sections.join('');
}
