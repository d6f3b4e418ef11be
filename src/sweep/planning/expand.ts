import { basename, extname } from 'node:path';
import { resolveNetworkFiles } from '../../config/network-file.ts';
import { type NetworkConfig, networkOptions } from '../../config/run.ts';
import { sweepSchema, type SweepConfig } from '../../config/sweep.ts';
import { errorAt, openYaml, validateYaml, type Path, type YamlSource } from '../../config/yaml/yaml.ts';
import type { SweepPlan } from '../../results/sweep-plan.ts';
import type { Executors } from '../executors/executor.ts';
import { executors as registered } from '../executors/index.ts';
import { executorOptions } from '../executors/options.ts';
import { linkAnchors, type DraftRun } from './anchors.ts';
import type { Catalogue } from './catalogue.ts';
import { draftRun, type Opener, type RunRequest, type Setting } from './draft.ts';

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
 * Reads a sweep config and plans all of its runs.
 * @throws UserError 66 if the file does not exist; 78 with file:line:column for anything that would fail later: an unknown network
 * or option, an invalid config, two runs with the same id, an anchor that is not in the sweep, a cycle of anchors.
 */
export const readSweep = (file: string, catalogue: Catalogue, executors: Executors = registered): SweepPlan =>
  expandSweep(openYaml(file), { catalogue, executors }).plan;

interface Expansion {
  readonly catalogue: Catalogue;
  readonly executors?: Executors;
  /** Changes of every run config by dotted key, applied after those of the file. */
  readonly settings?: readonly Setting[];
}

/** Plans all runs of an opened sweep config. Also returns their drafts, in the order of the file. @throws UserError as `readSweep`. */
export function expandSweep(
  opened: YamlSource,
  { catalogue, executors = registered, settings = [] }: Expansion,
): { readonly plan: SweepPlan; readonly drafts: readonly DraftRun[] } {
  const source = resolveNetworkFiles(opened);
  const { file } = source;
  const config = validateYaml(source, sweepSchema.extend(executorOptions(executors))) as SweepConfig;
  const drafts = draftRuns(source, config, catalogue, settings);
  const [first] = drafts;
  if (first === undefined) throw errorAt(source, [], 'the sweep has no runs: add "runs" or a "grid"');
  refuseUselessEarlyStop(source, config, drafts);
  const { question, retries, backoffSeconds } = config;
  const plan: SweepPlan = {
    version: 1,
    name: config.name ?? nameFromFile(file, source, []),
    question,
    runs: linkAnchors(source, drafts),
    earlyStop: config.earlyStop ?? null,
    retries,
    backoffSeconds,
    options: pickOptions(config, executors),
  };
  return { plan, drafts };
}

/** The options of all executors, by the executor's name. */
const pickOptions = (config: Readonly<Record<string, unknown>>, executors: Executors) =>
  Object.fromEntries(Object.keys(executorOptions(executors)).map((name) => [name, config[name]]));

/** Refuses `earlyStop` if no run has a level, because it would have no effect. */
function refuseUselessEarlyStop(source: YamlSource, { earlyStop }: SweepConfig, drafts: readonly DraftRun[]): void {
  if (earlyStop !== undefined && drafts.every(({ config }) => config.level === null))
    throw errorAt(source, ['earlyStop'], 'has no effect because no run has a level: add "level", or remove it');
}

function draftRuns(
  source: YamlSource,
  config: SweepConfig,
  catalogue: Catalogue,
  settings: readonly Setting[],
): DraftRun[] {
  const open = cachedOpener();
  const requests = [...listRequests(config), ...gridRequests(source, config)];
  refuseRepeatedSeeds(source, config);
  return requests.flatMap((request) => {
    const draft = draftRun(source, request, { catalogue, open, settings });
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
    if (repeated !== undefined) throw errorAt(source, path, `contains the seed ${repeated} twice: remove one`);
  }
}

/**
 * Derives a name for measurements, folders and jobs from a file name: `Kuche-2` from `Küche 2.yaml`.
 * @throws UserError 78 if no character of the file name can be used.
 */
function nameFromFile(file: string, source: YamlSource, path: Path): string {
  const stem = basename(file, extname(file));
  const plain = stem.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  const name = plain.replaceAll(/[^\w.+=@,-]+/g, '-').replaceAll(/^[.-]+|-+$/g, '');
  if (name !== '') return name;
  throw errorAt(
    source,
    path,
    `the file name "${stem}" contains no letters or digits that a name may contain (A-Z, a-z, 0-9): rename the file, or add a name to the config`,
  );
}

const listRequests = (config: SweepConfig): RunRequest[] =>
  config.runs.map((run, i) => ({
    place: ['runs', i],
    name: run.id,
    network: ['runs', i, 'network'],
    seeds: run.seeds ?? config.seeds ?? [0],
  }));

const networkName = (choice: string | { name: string }): string => (typeof choice === 'string' ? choice : choice.name);

/** The name of a run for a network that a grid contains several times with different options: `mobilenet_v1-width0.5`. */
function nameWithOptions(choice: string | NetworkConfig): string {
  if (typeof choice === 'string') return choice;
  const options = Object.entries(networkOptions(choice));
  const parts = options.map(([key, value]) => `${key}${String(value)}`);
  return [choice.name, ...parts].join('-');
}

function gridRequests(source: YamlSource, config: SweepConfig): RunRequest[] {
  const { grid } = config;
  if (grid === undefined) return [];
  const recipes = gridRecipes(source, grid.recipes);
  if (recipes.length === 0) throw errorAt(source, ['grid', 'recipes'], 'is empty: add a recipe, or remove the key');
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

function gridRecipes(source: YamlSource, recipes: GridRecipes): { name: string; path: Path | undefined }[] {
  if (recipes === undefined) return [{ name: '', path: undefined }];
  if (Array.isArray(recipes))
    return recipes.map((file, i) => {
      const path = ['grid', 'recipes', i];
      return { name: nameFromFile(file, source, path), path };
    });
  return Object.keys(recipes).map((name) => ({ name, path: ['grid', 'recipes', name] }));
}
