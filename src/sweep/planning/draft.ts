import { configError, messageOf, UserError } from '../../base/errors.ts';
import { withInitialWeights } from '../../config/initial-weights.ts';
import { withRecipe } from '../../config/recipe-file.ts';
import { networkSchema, runSchema, type RunConfig } from '../../config/run.ts';
import { readTune, withoutTune } from '../../config/tune.ts';
import {
  compose,
  errorAt,
  override,
  validateYaml,
  valueAt,
  withExpandedPath,
  type Path,
  type YamlSource,
} from '../../config/yaml/yaml.ts';
import type { DraftRun } from './anchors.ts';
import type { Catalogue } from './catalogue.ts';

/** A run of a sweep config, with the paths of its parts in the config. */
export interface RunRequest {
  readonly place: Path;
  readonly name: string | undefined;
  readonly network: Path;
  /** The path of its recipe, for a recipe of a grid. */
  readonly recipe?: Path | undefined;
  readonly seeds: readonly number[];
}

const sharedKeys = ['recipe', 'data', 'level', 'stopAt', 'evaluateEvery', 'budget', 'mode', 'execution'];

/** Opens a YAML file. */
export type Opener = (file: string) => YamlSource;

/** One `--set key=value` of the command line. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
}

/** Keys that `set` must not change, because a run is named and dated by them, and the key to use instead. */
const fixedKeys: ReadonlyMap<string, string> = new Map([
  ['network', 'network'],
  ['network.name', 'network'],
  ['network.file', 'network'],
  ['network.sha256', 'network'],
  ['network.imports', 'network'],
  ['seed', 'seeds'],
]);

interface DraftTools {
  readonly catalogue: Catalogue;
  readonly open: Opener;
  readonly settings: readonly Setting[];
}

/**
 * Composes the config of a run from its own entry, the keys of the sweep and the file of its recipe, and checks it.
 * @throws UserError 78 with file:line:column.
 */
export function draftRun(source: YamlSource, request: RunRequest, tools: DraftTools): Omit<DraftRun, 'seed'> {
  const { catalogue, open } = tools;
  const choice = valueAt(source, request.network);
  const network = networkSchema.parse(typeof choice === 'string' ? { name: choice } : choice);
  const entry = withLocation(source, request.network, () => catalogue.network(network));
  const parts = findParts(source, request);
  if (!parts.has('recipe') && entry.recipeFile !== undefined)
    parts.set('recipe', { source: open(entry.recipeFile), path: [] });
  const whole = withRecipe(
    compose(source.file, parts, () => source.locate(request.place)),
    open,
  );
  const tunePath = findTunePath(source, request);
  const tune = readTune(source, tunePath) ?? readTune(whole, ['recipe', 'tune']);
  const value = { ...(withoutTune(whole).value as object), network: { ...network, ...entry.file, name: entry.name } };
  const composed = withSettings({ ...whole, value }, source, request, tools.settings);
  const check = (composedSource: YamlSource): RunConfig => {
    const config = validateYaml(composedSource, runSchema);
    if (config.level && config.level.value === undefined && config.level.anchor === undefined)
      throw errorAt(
        composedSource,
        ['level'],
        'has neither value nor anchor: add a value (a fraction of 1) or the id of an anchor',
      );
    if (config.level?.value !== undefined && config.level.anchor !== undefined)
      throw errorAt(
        composedSource,
        ['level'],
        `has the value ${config.level.value} and the anchor ${config.level.anchor}: keep one, because an anchor sets the level itself`,
      );
    withLocation(source, request.network, () => catalogue.network(config.network, config));
    return config;
  };
  const toChanges = (values: Readonly<Record<string, number>>): Change[] =>
    Object.entries(values).map(([key, value]) => ({ key, value, place: () => source.locate([...tunePath, key]) }));
  return {
    name: request.name ?? entry.name,
    published: entry.published,
    config: check(composed),
    place: request.place,
    recipe: request.recipe,
    locate: (path) => composed.locate(path),
    tune,
    configure: (values) => check(toChanges(values).reduce(withChange, composed)),
  };
}

/** The path of the values to try: in the run's own entry, otherwise at the top of the sweep config. */
function findTunePath(source: YamlSource, { place }: RunRequest): Path {
  const own = [...place, 'tune'];
  return place[0] === 'runs' && valueAt(source, own) !== undefined ? own : ['tune'];
}

/** One value to set, and how messages name its place. */
interface Change {
  readonly key: string;
  readonly value: unknown;
  readonly place: () => string;
  readonly quotedText?: YamlSource['quotedText'];
}

const withChange = (base: YamlSource, { key, value, place, quotedText }: Change): YamlSource =>
  override(base, key, value, place, quotedText);

/** Applies `set` of the sweep, of the grid and of the run, and the settings of the command line. */
function withSettings(
  base: YamlSource,
  source: YamlSource,
  request: RunRequest,
  settings: readonly Setting[],
): YamlSource {
  let composed = base;
  for (const path of [['set'], ['grid', 'set'], [...request.place, 'set']]) {
    if (path[0] === 'grid' && request.place[0] !== 'grid') continue;
    const changes = Object.entries(valueAt(source, path) ?? {});
    for (const [key, value] of changes) {
      refuseOverlap(source, path, key, changes);
      refuseFixedKey(key, (message) => errorAt(source, [...path, key], message));
      const place = (): string => source.locate([...path, key]);
      const quotedText = (inner: Path) => source.quotedText([...path, key, ...inner]);
      composed = withLocation(source, [...path, key], () => withChange(composed, { key, value, place, quotedText }));
    }
  }
  for (const { key, value } of settings) {
    refuseFixedKey(key, (message) => configError(`--set ${key}: ${message}`));
    composed = withChange(composed, { key, value, place: () => `--set ${key}` });
  }
  return withInitialWeights(withExpandedPath(composed, ['data', 'path']));
}

/** Refuses a key inside of another key that is set too: the order of keys would decide, which has no meaning in YAML. */
function refuseOverlap(source: YamlSource, path: Path, key: string, changes: readonly (readonly [string, unknown])[]) {
  const outer = changes.find(([other]) => key.startsWith(`${other}.`))?.[0];
  if (outer === undefined) return;
  const message = `is inside of "${outer}", which is set too, so it may be read before or after it: write it into ${outer}`;
  throw errorAt(source, [...path, key], message);
}

function refuseFixedKey(key: string, createError: (message: string) => UserError): void {
  const instead = fixedKeys.get(key);
  if (instead !== undefined) throw createError(`cannot be set here: use "${instead}"`);
}

/** The place of each part of the run config: the run's own entry, otherwise the top of the sweep config. */
function findParts(source: YamlSource, request: RunRequest): Map<string, { source: YamlSource; path: Path }> {
  const parts = new Map<string, { source: YamlSource; path: Path }>();
  for (const key of sharedKeys) {
    const own = [...request.place, key];
    if (request.place[0] === 'runs' && valueAt(source, own) !== undefined) parts.set(key, { source, path: own });
    else if (valueAt(source, [key]) !== undefined) parts.set(key, { source, path: [key] });
  }
  if (request.recipe) parts.set('recipe', { source, path: request.recipe });
  parts.set('network', { source, path: request.network });
  return parts;
}

/** Adds the place in the file to an error for the user. */
function withLocation<T>(source: YamlSource, path: Path, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) throw errorAt(source, path, messageOf(error), error.exitCode);
    throw error;
  }
}
