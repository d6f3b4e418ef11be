import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { Document, isMap, isSeq } from 'yaml';
import { formatPercent } from '../../base/format.ts';
import { isNetworkFile } from '../../config/run.ts';
import type { DraftRun } from '../planning/anchors.ts';
import type { Setting } from '../planning/draft.ts';
import type { Outcome } from './search.ts';

type Json = Record<string, unknown>;

export interface TunedFile {
  /** The content of the sweep that was searched. */
  readonly sweep: Json;
  /** The comment at its top, line by line. */
  readonly comment: readonly string[];
  /** Its path, and that of the new file: paths inside are relative to their file. */
  readonly from: string;
  readonly to: string;
  readonly drafts: readonly DraftRun[];
  readonly outcomes: readonly Outcome[];
  /** Changes of every run that the command line asked for. */
  readonly settings: readonly Setting[];
  readonly seed: number;
}

const isGroup = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value);

const valueIn = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value);

const withoutKeys = (group: Json, ...keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(group).filter(([key]) => !keys.includes(key)));

/** A path relative to one file, as it stands in another. Paths from the root, the home folder or a variable stay. */
function movedPath(path: string, { from, to }: TunedFile): string {
  if (isAbsolute(path) || /^[~$]/.test(path)) return path;
  const moved = relative(dirname(resolve(to)), resolve(dirname(from), path));
  return moved.startsWith('.') ? moved : `./${moved}`;
}

/** A recipe with its path moved, and without the values to tune. */
function movedRecipe(recipe: unknown, file: TunedFile): unknown {
  if (typeof recipe === 'string') return movedPath(recipe, file);
  if (!isGroup(recipe)) return recipe;
  const rest = withoutKeys(recipe, 'tune');
  return typeof rest['from'] === 'string' ? { ...rest, from: movedPath(rest['from'], file) } : rest;
}

function movedNetwork(network: unknown, file: TunedFile): unknown {
  if (typeof network === 'string') return isNetworkFile(network) ? movedPath(network, file) : network;
  return isGroup(network) && 'name' in network ? { ...network, name: movedNetwork(network['name'], file) } : network;
}

/** What the file asks for in one run; a network of a grid becomes an entry of its own. */
function entryOf({ sweep }: TunedFile, { name, place, recipe }: DraftRun): { entry: Json; set: Json } {
  const group = (value: unknown): Json => (isGroup(value) ? value : {});
  if (place[0] === 'runs') {
    const entry = group(valueIn(sweep, place));
    return { entry: withoutKeys(entry, 'tune', 'set'), set: group(entry['set']) };
  }
  const grid = group(sweep['grid']);
  const entry = {
    ...{ id: name, network: valueIn(sweep, place) },
    ...(recipe && { recipe: valueIn(sweep, recipe) }),
    ...('seeds' in grid && { seeds: grid['seeds'] }),
  };
  return { entry, set: group(grid['set']) };
}

function commentOn({ subject, level, winner, chosen, states }: Outcome): string {
  const trials = `${states.length} ${states.length === 1 ? 'trial' : 'trials'}`;
  if (subject.goal === 'finalAccuracy') {
    const end = winner?.result ? `; the best ends at ${formatPercent(winner.result.lastAccuracy)}` : '; none finished';
    return ` ${subject.name}: ${trials}${end}`;
  }
  if (winner) return ` ${subject.name}: ${trials}; the cheapest that reached the level`;
  const wanted = level === undefined ? '' : ` of ${formatPercent(level)}`;
  const best = chosen?.result
    ? `; these settings had the highest accuracy, ${formatPercent(chosen.result.bestAccuracy)}`
    : '';
  return ` ${subject.name}: ${trials}; none reached the level${wanted}${best}`;
}

function runOf(file: TunedFile, draft: DraftRun, outcome: Outcome): Json {
  const { entry, set } = entryOf(file, draft);
  const asked = Object.fromEntries(file.settings.map(({ key, value }) => [key, value]));
  const settings = { ...set, ...asked, ...outcome.chosen?.trial.settings };
  return {
    ...entry,
    network: movedNetwork(entry['network'], file),
    ...('recipe' in entry && { recipe: movedRecipe(entry['recipe'], file) }),
    ...(Object.keys(settings).length > 0 && { set: settings }),
  };
}

/** Settings and networks in one line each, and above each run what its search found. */
function layOut(document: Document, comments: readonly string[]): string {
  const runs = document.get('runs');
  for (const [i, entry] of (isSeq(runs) ? runs.items : []).entries()) {
    if (!isMap(entry)) continue;
    entry.commentBefore = comments[i]!;
    for (const key of ['network', 'set', 'seeds']) {
      const node = entry.get(key);
      if (isMap(node) || isSeq(node)) node.flow = true;
    }
  }
  return document.toString({ lineWidth: 120 });
}

/** The sweep that was searched with the settings that won, as the text of a YAML file. */
export function tunedSweep(file: TunedFile): string {
  const { sweep, drafts, outcomes, seed } = file;
  const names = [...new Set(drafts.map(({ name }) => name))];
  const runs = names.map((name) => ({
    draft: drafts.find((candidate) => candidate.name === name)!,
    outcome: outcomes.find(({ subject }) => subject.name === name)!,
  }));
  const rest = withoutKeys(sweep, 'tune', 'runs', 'grid');
  const document = new Document({
    ...rest,
    ...('recipe' in rest && { recipe: movedRecipe(rest['recipe'], file) }),
    runs: runs.map(({ draft, outcome }) => runOf(file, draft, outcome)),
  });
  const text = layOut(
    document,
    runs.map(({ outcome }) => commentOn(outcome)),
  );
  const head = [
    `# Settings chosen by doubletime search with seed ${seed}, which the sweep itself does not use.`,
    '# Train them with: doubletime sweep FILE --dir DIR',
    ...file.comment,
  ];
  return `${head.join('\n')}\n${text}`;
}
