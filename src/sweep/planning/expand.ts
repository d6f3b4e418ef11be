import { basename, extname } from 'node:path';
import { messageOf, UserError } from '../../base/errors.ts';
import { resolveNetworkFiles } from '../../config/network-file.ts';
import { withRecipe } from '../../config/recipe-file.ts';
import { type NetworkConfig, networkOptions, networkSchema, runSchema } from '../../config/run.ts';
import { sweepSchema, type SweepConfig } from '../../config/sweep.ts';
import {
  compose,
  errorAt,
  openYaml,
  override,
  validateYaml,
  valueAt,
  withExpandedPath,
  type Path,
  type YamlSource,
} from '../../config/yaml.ts';
import type { SweepPlan } from '../../results/sweep-plan.ts';
import type { Executors } from '../executors/executor.ts';
import { executors as registered } from '../executors/index.ts';
import { executorOptions } from '../executors/options.ts';
import { linkAnchors, type DraftRun } from './anchors.ts';
import type { Catalogue } from './catalogue.ts';

interface RunRequest {
  readonly place: Path;
  readonly name: string | undefined;
  readonly network: Path;
  /** The place of the recipe, if it is neither in the run nor at the top of the sweep. */
  readonly recipe?: Path | undefined;
  readonly seeds: readonly number[];
}

const sharedKeys = ['recipe', 'data', 'level', 'stopAt', 'evaluateEvery', 'budget', 'mode', 'execution'];

type Opener = (file: string) => YamlSource;

/** Reads each file once, even if many runs name it. */
function cachedOpener(): Opener {
  const opened = new Map<string, YamlSource>();
  return (file) => {
    const known = opened.get(file) ?? openYaml(file);
    opened.set(file, known);
    return known;
  };
}

/**
 * Reads a sweep and works out every run of it.
 * @throws UserError 78 with file:line:column for anything that would fail later: an unknown network or option, a config
 * that does not hold, two runs with one id, an anchor that is not in the sweep, a cycle of anchors.
 */
export function readSweep(file: string, catalogue: Catalogue, executors: Executors = registered): SweepPlan {
  const source = resolveNetworkFiles(openYaml(file));
  const config = validateYaml(source, sweepSchema.extend(executorOptions(executors))) as SweepConfig;
  const drafts = draftRuns(source, config, catalogue);
  const [first] = drafts;
  if (first === undefined) throw errorAt(source, [], 'a sweep needs "runs" or a "grid"');
  refuseIdleRule(source, config, drafts);
  const { question, retries, backoffSeconds } = config;
  return {
    version: 1,
    name: config.name ?? nameFromFile(file, source, []),
    question,
    runs: linkAnchors(source, drafts),
    earlyStop: config.earlyStop ?? null,
    retries,
    backoffSeconds,
    options: optionsOf(config, executors),
  };
}

/** The executors' options, by the executor's name. */
const optionsOf = (config: Readonly<Record<string, unknown>>, executors: Executors) =>
  Object.fromEntries(Object.keys(executorOptions(executors)).map((name) => [name, config[name]]));

/** Refuses an early stop rule that applies to no run of the sweep. */
function refuseIdleRule(source: YamlSource, { earlyStop }: SweepConfig, drafts: readonly DraftRun[]): void {
  if (earlyStop !== undefined && drafts.every(({ config }) => config.level === null))
    throw errorAt(source, ['earlyStop'], 'no run of the sweep has a level to reach: set "level" or leave this out');
}

/** What `set` cannot change, because a run is called and dated after it, and what does instead. */
const fixedKeys: ReadonlyMap<string, string> = new Map([
  ['network', 'network'],
  ['network.name', 'network'],
  ['seed', 'seeds'],
]);

function draftRuns(source: YamlSource, config: SweepConfig, catalogue: Catalogue): DraftRun[] {
  const open = cachedOpener();
  const requests = [...requestsOfList(config), ...requestsOfGrid(source, config)];
  refuseRepeatedSeeds(source, config);
  return requests.flatMap((request) => {
    const draft = draftOne(source, request, catalogue, open);
    return request.seeds.map((seed) => ({ ...draft, seed, config: { ...draft.config, seed } }));
  });
}

function refuseRepeatedSeeds(source: YamlSource, config: SweepConfig): void {
  const lists: [Path, readonly number[] | undefined][] = [
    [['seeds'], config.seeds],
    [['grid', 'seeds'], config.grid?.seeds],
    ...config.runs.map((run, i): [Path, number[] | undefined] => [['runs', i, 'seeds'], run.seeds]),
  ];
  for (const [path, seeds = []] of lists) {
    const repeated = seeds.find((seed, i) => seeds.indexOf(seed) !== i);
    if (repeated !== undefined) throw errorAt(source, path, `seed ${repeated} stands there twice`);
  }
}

/**
 * A file's name as measurements, folders and jobs take it: that of `Küche 2.yaml` is `Kuche-2`.
 * @throws UserError 78 if no run is left.
 */
function nameFromFile(file: string, source: YamlSource, path: Path): string {
  const stem = basename(file, extname(file));
  const plain = stem.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  const name = plain.replaceAll(/[^\w.+=@,-]+/g, '-').replaceAll(/^[.-]+|-+$/g, '');
  if (name !== '') return name;
  throw errorAt(source, path, `the file's name "${stem}" makes no name here: use letters and digits, or give one`);
}

const requestsOfList = (config: SweepConfig): RunRequest[] =>
  config.runs.map((run, i) => ({
    place: ['runs', i],
    name: run.id,
    network: ['runs', i, 'network'],
    seeds: run.seeds ?? config.seeds ?? [0],
  }));

const networkName = (choice: string | { name: string }): string => (typeof choice === 'string' ? choice : choice.name);

/** `mobilenet_v1-width0.5`, if a grid has one network with several options. */
function nameWithOptions(choice: string | NetworkConfig): string {
  if (typeof choice === 'string') return choice;
  const options = Object.entries(networkOptions(choice));
  const parts = options.map(([key, value]) => `${key}${String(value)}`);
  return [choice.name, ...parts].join('-');
}

function requestsOfGrid(source: YamlSource, config: SweepConfig): RunRequest[] {
  const { grid } = config;
  if (grid === undefined) return [];
  const recipes = recipesOfGrid(source, grid.recipes);
  if (recipes.length === 0) throw errorAt(source, ['grid', 'recipes'], 'an empty group: no runs');
  const names = grid.networks.map(networkName);
  return grid.networks.flatMap((choice, i) => {
    const several = names.filter((name) => name === names[i]).length > 1;
    const network = several ? nameWithOptions(choice) : undefined;
    return recipes.map(({ name, path }) => ({
      place: ['grid', 'networks', i],
      name: recipes.length > 1 ? `${network ?? names[i]!}-${name}` : network,
      network: ['grid', 'networks', i],
      recipe: path,
      seeds: grid.seeds ?? config.seeds ?? [0],
    }));
  });
}

type GridRecipes = NonNullable<SweepConfig['grid']>['recipes'];

function recipesOfGrid(source: YamlSource, recipes: GridRecipes): { name: string; path: Path | undefined }[] {
  if (recipes === undefined) return [{ name: '', path: undefined }];
  if (Array.isArray(recipes))
    return recipes.map((file, i) => {
      const path = ['grid', 'recipes', i];
      return { name: nameFromFile(file, source, path), path };
    });
  return Object.keys(recipes).map((name) => ({ name, path: ['grid', 'recipes', name] }));
}

/** Puts a run's config together from its own part of the file, the sweep's and the recipe's file, and checks it. */
function draftOne(source: YamlSource, request: RunRequest, catalogue: Catalogue, open: Opener): Omit<DraftRun, 'seed'> {
  const choice = valueAt(source, request.network);
  const network = networkSchema.parse(typeof choice === 'string' ? { name: choice } : choice);
  const entry = withLocation(source, request.network, () => catalogue.network(network));
  const given = withParts(source, request);
  const recipe = given.has('recipe') || entry.recipeFile === undefined ? [] : [entry.recipeFile];
  for (const file of recipe) given.set('recipe', { source: open(file), path: [] });
  let composed = compose(source.file, given, () => source.locate(request.place));
  composed = withRecipe(composed, open);
  composed = {
    ...composed,
    value: {
      ...(composed.value as object),
      network: { ...network, ...entry.file, name: entry.name },
    },
  };
  for (const path of [['set'], ['grid', 'set'], [...request.place, 'set']]) {
    if (path[0] === 'grid' && request.place[0] !== 'grid') continue;
    for (const [key, value] of Object.entries(valueAt(source, path) ?? {})) {
      const instead = fixedKeys.get(key);
      if (instead !== undefined) throw errorAt(source, [...path, key], `cannot be set here: use "${instead}"`);
      composed = withLocation(source, [...path, key], () =>
        override(
          composed,
          key,
          value,
          () => source.locate([...path, key]),
          (inner) => source.quotedText([...path, key, ...inner]),
        ),
      );
    }
  }
  composed = withExpandedPath(composed, ['data', 'path']);
  const config = validateYaml(composed, runSchema);
  if (config.level && config.level.value === undefined && config.level.anchor === undefined)
    throw errorAt(composed, ['level'], 'expected a value (a fraction of 1) or the id of an anchor');
  withLocation(source, request.network, () => catalogue.network(config.network, config));
  return {
    name: request.name ?? entry.name,
    published: entry.published,
    config,
    place: request.place,
    locate: (path) => composed.locate(path),
  };
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
