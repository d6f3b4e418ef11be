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
} from '../../config/yaml.ts';
import type { DraftRun } from './anchors.ts';
import type { Catalogue } from './catalogue.ts';

/** A run that a sweep's file asks for: where its parts stand. */
export interface RunRequest {
  readonly place: Path;
  readonly name: string | undefined;
  readonly network: Path;
  /** The recipe's place, where it is not the run's own or the sweep's. */
  readonly recipe?: Path | undefined;
  readonly seeds: readonly number[];
}

const sharedKeys = ['recipe', 'data', 'level', 'stopAt', 'evaluateEvery', 'budget', 'mode', 'execution'];

/** Opens a YAML file. */
export type Opener = (file: string) => YamlSource;

/** A change that the command line asks for. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
}

/** What `set` cannot change, because a run is called and dated after it, and what does instead. */
const fixedKeys: ReadonlyMap<string, string> = new Map([
  ['network', 'network'],
  ['network.name', 'network'],
  ['seed', 'seeds'],
]);

interface DraftTools {
  readonly catalogue: Catalogue;
  readonly open: Opener;
  readonly settings: readonly Setting[];
}

/** Puts a run's config together from its own part of the file, the sweep's and the recipe's file, and checks it. */
export function draftOne(source: YamlSource, request: RunRequest, tools: DraftTools): Omit<DraftRun, 'seed'> {
  const { catalogue, open } = tools;
  const choice = valueAt(source, request.network);
  const network = networkSchema.parse(typeof choice === 'string' ? { name: choice } : choice);
  const entry = withLocation(source, request.network, () => catalogue.network(network));
  const given = withParts(source, request);
  const recipe = given.has('recipe') || entry.recipeFile === undefined ? [] : [entry.recipeFile];
  for (const file of recipe) given.set('recipe', { source: open(file), path: [] });
  const whole = withRecipe(
    compose(source.file, given, () => source.locate(request.place)),
    open,
  );
  const tunePath = tunePathOf(source, request);
  const tune = readTune(source, tunePath) ?? readTune(whole, ['recipe', 'tune']);
  const value = { ...(withoutTune(whole).value as object), network: { ...network, ...entry.file, name: entry.name } };
  const composed = withSettings({ ...whole, value }, source, request, tools.settings);
  const check = (finished: YamlSource): RunConfig => {
    const config = validateYaml(finished, runSchema);
    if (config.level && config.level.value === undefined && config.level.anchor === undefined)
      throw errorAt(finished, ['level'], 'expected a value (a fraction of 1) or the id of an anchor');
    withLocation(source, request.network, () => catalogue.network(config.network, config));
    return config;
  };
  const keys = (values: Readonly<Record<string, number>>): Change[] =>
    Object.entries(values).map(([key, value]) => ({ key, value, place: () => source.locate([...tunePath, key]) }));
  return {
    name: request.name ?? entry.name,
    published: entry.published,
    config: check(composed),
    place: request.place,
    recipe: request.recipe,
    locate: (path) => composed.locate(path),
    tune,
    configure: (values) => check(keys(values).reduce(withChange, composed)),
  };
}

/** Where the values to try stand: in the run itself, else at the top. */
function tunePathOf(source: YamlSource, { place }: RunRequest): Path {
  const own = [...place, 'tune'];
  return place[0] === 'runs' && valueAt(source, own) !== undefined ? own : ['tune'];
}

/** One value to set, and where messages say it stands. */
interface Change {
  readonly key: string;
  readonly value: unknown;
  readonly place: () => string;
  readonly quotedText?: YamlSource['quotedText'];
}

const withChange = (under: YamlSource, { key, value, place, quotedText }: Change): YamlSource =>
  override(under, key, value, place, quotedText);

/** Applies `set` of the sweep, of the grid and of the run, and the settings of the command line. */
function withSettings(
  under: YamlSource,
  source: YamlSource,
  request: RunRequest,
  settings: readonly Setting[],
): YamlSource {
  let composed = under;
  for (const path of [['set'], ['grid', 'set'], [...request.place, 'set']]) {
    if (path[0] === 'grid' && request.place[0] !== 'grid') continue;
    for (const [key, value] of Object.entries(valueAt(source, path) ?? {})) {
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

function refuseFixedKey(key: string, errorOf: (message: string) => UserError): void {
  const instead = fixedKeys.get(key);
  if (instead !== undefined) throw errorOf(`cannot be set here: use "${instead}"`);
}

/** Which part of the run config stands where: the run's own, else the sweep's. */
function withParts(source: YamlSource, request: RunRequest): Map<string, { source: YamlSource; path: Path }> {
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

/** Adds the place in the file to what the registry has to say. */
function withLocation<T>(source: YamlSource, path: Path, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof UserError) throw errorAt(source, path, messageOf(error));
    throw error;
  }
}
