import { basename, extname } from 'node:path';
import { resolveNetworkFiles } from '../../config/network-file.ts';
import { type NetworkConfig, networkOptions } from '../../config/run.ts';
import { sweepSchema, type SweepConfig } from '../../config/sweep.ts';
import { errorAt, openYaml, validateYaml, type Path, type YamlSource } from '../../config/yaml.ts';
import type { SweepPlan } from '../../results/sweep-plan.ts';
import type { Executors } from '../executors/executor.ts';
import { executors as registered } from '../executors/index.ts';
import { executorOptions } from '../executors/options.ts';
import { linkAnchors, type DraftRun } from './anchors.ts';
import type { Catalogue } from './catalogue.ts';
import { draftOne, type Opener, type RunRequest, type Setting } from './draft.ts';

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
export const readSweep = (file: string, catalogue: Catalogue, executors: Executors = registered): SweepPlan =>
  expandSweep(openYaml(file), { catalogue, executors }).plan;

interface Expansion {
  readonly catalogue: Catalogue;
  readonly executors?: Executors;
  /** Changes of every run by dotted key, after those of the file. */
  readonly settings?: readonly Setting[];
}

/** The runs of a sweep that was read already, and each as its file asks for it. @throws UserError as `readSweep`. */
export function expandSweep(
  given: YamlSource,
  { catalogue, executors = registered, settings = [] }: Expansion,
): { readonly plan: SweepPlan; readonly drafts: readonly DraftRun[] } {
  const source = resolveNetworkFiles(given);
  const { file } = source;
  const config = validateYaml(source, sweepSchema.extend(executorOptions(executors))) as SweepConfig;
  const drafts = draftRuns(source, config, catalogue, settings);
  const [first] = drafts;
  if (first === undefined) throw errorAt(source, [], 'a sweep needs "runs" or a "grid"');
  refuseIdleRule(source, config, drafts);
  const { question, retries, backoffSeconds } = config;
  const plan: SweepPlan = {
    version: 1,
    name: config.name ?? nameFromFile(file, source, []),
    question,
    runs: linkAnchors(source, drafts),
    earlyStop: config.earlyStop ?? null,
    retries,
    backoffSeconds,
    options: optionsOf(config, executors),
  };
  return { plan, drafts };
}

/** The executors' options, by the executor's name. */
const optionsOf = (config: Readonly<Record<string, unknown>>, executors: Executors) =>
  Object.fromEntries(Object.keys(executorOptions(executors)).map((name) => [name, config[name]]));

/** A rule that no run of the sweep could ever meet is a mistake. */
function refuseIdleRule(source: YamlSource, { earlyStop }: SweepConfig, drafts: readonly DraftRun[]): void {
  if (earlyStop !== undefined && drafts.every(({ config }) => config.level === null))
    throw errorAt(source, ['earlyStop'], 'no run of the sweep has a level to reach: set "level" or leave this out');
}

function draftRuns(
  source: YamlSource,
  config: SweepConfig,
  catalogue: Catalogue,
  settings: readonly Setting[],
): DraftRun[] {
  const open = cachedOpener();
  const requests = [...requestsOfList(config), ...requestsOfGrid(source, config)];
  refuseRepeatedSeeds(source, config);
  return requests.flatMap((request) => {
    const draft = draftOne(source, request, { catalogue, open, settings });
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
 * @throws UserError 78 if nothing is left of it.
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

/** `mobilenet_v1-width0.5`, where one network stands in a grid with several options. */
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
