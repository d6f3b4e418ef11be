import { basename, extname } from 'node:path';
import { messageOf, UserError } from '../base/errors.ts';
import { withRecipe } from '../config/recipe-file.ts';
import { networkSchema, runSchema } from '../config/run.ts';
import { sweepSchema, type SweepConfig } from '../config/sweep.ts';
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
} from '../config/yaml.ts';
import { linkAnchors, type DraftRun } from './anchors.ts';
import type { Catalogue, SweepPlan } from './plan.ts';

interface Wish {
  readonly place: Path;
  readonly name: string | undefined;
  readonly network: Path;
  /** The recipe's place, where it is not the run's own or the sweep's. */
  readonly recipe?: Path | undefined;
  readonly seeds: readonly number[];
}

const sharedKeys = [
  'recipe',
  'data',
  'level',
  'stopAt',
  'evaluateEvery',
  'budget',
  'mode',
  'execution',
];

type Opener = (file: string) => YamlSource;

/** Files are read once, however many runs name them. */
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
export function readSweep(file: string, catalogue: Catalogue): SweepPlan {
  const source = openYaml(file);
  const config = validateYaml(source, sweepSchema);
  const drafts = draftRuns(source, config, catalogue);
  const [first] = drafts;
  if (first === undefined) throw errorAt(source, [], 'a sweep needs "runs" or a "grid"');
  refuseIdleRule(source, config, drafts);
  const { question, retries, backoffSeconds, slurm } = config;
  return {
    version: 1,
    name: config.name ?? nameAfter(file, source, []),
    question,
    runs: linkAnchors(source, drafts),
    earlyStop: config.earlyStop ?? null,
    retries,
    backoffSeconds,
    slurm,
  };
}

/** A rule that no run of the sweep could ever meet is a mistake. */
function refuseIdleRule(
  source: YamlSource,
  { earlyStop }: SweepConfig,
  drafts: readonly DraftRun[],
): void {
  if (earlyStop !== undefined && drafts.every(({ config }) => config.level === null))
    throw errorAt(source, ['earlyStop'], 'no run of the sweep has a level to reach: set "level" or leave this out'); // prettier-ignore
}

/** What `set` cannot change, because a run is called and dated after it, and what does instead. */
const fixedKeys: ReadonlyMap<string, string> = new Map([
  ['network', 'network'],
  ['network.name', 'network'],
  ['seed', 'seeds'],
]);

function draftRuns(source: YamlSource, config: SweepConfig, catalogue: Catalogue): DraftRun[] {
  const open = cachedOpener();
  const wishes = [...wishesOfList(config), ...wishesOfGrid(source, config)];
  refuseRepeatedSeeds(source, config);
  return wishes.flatMap((wish) => {
    const draft = draftOne(source, wish, catalogue, open);
    return wish.seeds.map((seed) => ({ ...draft, seed, config: { ...draft.config, seed } }));
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
 * A file's name as measurements, folders and Slurm take it: that of `Küche 2.yaml` is `Kuche-2`.
 * @throws UserError 78 where nothing is left of it.
 */
function nameAfter(file: string, source: YamlSource, path: Path): string {
  const stem = basename(file, extname(file));
  const plain = stem.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  const name = plain.replaceAll(/[^\w.+=@,-]+/g, '-').replaceAll(/^[.-]+|-+$/g, '');
  if (name !== '') return name;
  throw errorAt(
    source,
    path,
    `the file's name "${stem}" makes no name here: use letters and digits, or give one`,
  );
}

const wishesOfList = (config: SweepConfig): Wish[] =>
  config.runs.map((run, i) => ({
    place: ['runs', i],
    name: run.id,
    network: ['runs', i, 'network'],
    seeds: run.seeds ?? config.seeds ?? [0],
  }));

const networkName = (choice: string | { name: string }): string =>
  typeof choice === 'string' ? choice : choice.name;

/** `mobilenet_v1-width0.5`, where one network stands in a grid with several options. */
function nameWithOptions(choice: string | Record<string, unknown>): string {
  if (typeof choice === 'string') return choice;
  const { name, ...options } = choice;
  const parts = Object.entries(options).map(([key, value]) => `${key}${String(value)}`);
  return [String(name), ...parts].join('-');
}

function wishesOfGrid(source: YamlSource, config: SweepConfig): Wish[] {
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

function recipesOfGrid(
  source: YamlSource,
  recipes: GridRecipes,
): { name: string; path: Path | undefined }[] {
  if (recipes === undefined) return [{ name: '', path: undefined }];
  if (Array.isArray(recipes))
    return recipes.map((file, i) => {
      const path = ['grid', 'recipes', i];
      return { name: nameAfter(file, source, path), path };
    });
  return Object.keys(recipes).map((name) => ({ name, path: ['grid', 'recipes', name] }));
}

/** Puts a run's config together from its own part of the file, the sweep's and the recipe's file, and checks it. */
function draftOne(
  source: YamlSource,
  wish: Wish,
  catalogue: Catalogue,
  open: Opener,
): Omit<DraftRun, 'seed'> {
  const choice = valueAt(source, wish.network);
  const network = networkSchema.parse(typeof choice === 'string' ? { name: choice } : choice);
  const entry = blame(source, wish.network, () => catalogue.network(network));
  const given = withParts(source, wish);
  const recipe = given.has('recipe') || entry.recipeFile === undefined ? [] : [entry.recipeFile];
  for (const file of recipe) given.set('recipe', { source: open(file), path: [] });
  let composed = compose(source.file, given, () => source.locate(wish.place));
  composed = withRecipe(composed, open);
  composed = {
    ...composed,
    value: { ...(composed.value as object), network: { ...network, name: entry.name } },
  };
  for (const path of [['set'], ['grid', 'set'], [...wish.place, 'set']]) {
    if (path[0] === 'grid' && wish.place[0] !== 'grid') continue;
    for (const [key, value] of Object.entries(valueAt(source, path) ?? {})) {
      const instead = fixedKeys.get(key);
      if (instead !== undefined)
        throw errorAt(source, [...path, key], `cannot be set here: use "${instead}"`);
      composed = blame(source, [...path, key], () =>
        override(
          composed,
          key,
          value,
          () => source.locate([...path, key]),
          (inner) => source.written([...path, key, ...inner]),
        ),
      );
    }
  }
  composed = withExpandedPath(composed, ['data', 'path']);
  const config = validateYaml(composed, runSchema);
  if (config.level && config.level.value === undefined && config.level.anchor === undefined)
    throw errorAt(composed, ['level'], 'expected a value (a fraction of 1) or the id of an anchor');
  blame(source, wish.network, () => catalogue.network(config.network, config));
  return {
    name: wish.name ?? entry.name,
    published: entry.published,
    config,
    place: wish.place,
    locate: (path) => composed.locate(path),
  };
}

/** Which part of the run config stands where: the run's own, else the sweep's. */
function withParts(
  source: YamlSource,
  wish: Wish,
): Map<string, { source: YamlSource; path: Path }> {
  const parts = new Map<string, { source: YamlSource; path: Path }>();
  for (const key of sharedKeys) {
    const own = [...wish.place, key];
    if (wish.place[0] === 'runs' && valueAt(source, own) !== undefined)
      parts.set(key, { source, path: own });
    else if (valueAt(source, [key]) !== undefined) parts.set(key, { source, path: [key] });
  }
  if (wish.recipe) parts.set('recipe', { source, path: wish.recipe });
  parts.set('network', { source, path: wish.network });
  return parts;
}

/** Adds the place in the file to what the registry has to say. */
function blame<T>(source: YamlSource, path: Path, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof UserError) throw errorAt(source, path, messageOf(error));
    throw error;
  }
}
