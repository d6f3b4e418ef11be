import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { Document, isMap, isSeq } from 'yaml';
import { formatCount, formatPercent } from '../../base/text/format.ts';
import { isGroup } from '../../base/json.ts';
import { setByKey } from '../../config/overrides.ts';
import { isNetworkFile } from '../../config/run.ts';
import type { DraftRun } from '../planning/anchors.ts';
import type { Setting } from '../planning/draft.ts';
import type { Outcome } from './search.ts';

type Json = Record<string, unknown>;

/** The inputs of a tuned sweep. */
export interface TunedFile {
  /** The content of the sweep config that was searched. */
  readonly sweep: Json;
  /** The lines of the comment at its top. */
  readonly comment: readonly string[];
  /** The path of the sweep config that was searched. Paths in a config are relative to it. */
  readonly from: string;
  /** The path of the new sweep config. */
  readonly to: string;
  readonly drafts: readonly DraftRun[];
  readonly outcomes: readonly Outcome[];
  /** Changes of every run config from the command line. */
  readonly settings: readonly Setting[];
  readonly seed: number;
}

const valueAtPath = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value);

const withoutKeys = (group: Json, ...keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(group).filter(([key]) => !keys.includes(key)));

/** Converts a path that is relative to the old file into one that is relative to the new file. Other paths stay unchanged. */
function movedPath(path: string, { from, to }: TunedFile): string {
  if (isAbsolute(path) || /^[~$]/.test(path)) return path;
  const moved = relative(dirname(resolve(to)), resolve(dirname(from), path));
  return moved.startsWith('.') ? moved : `./${moved}`;
}

/** A recipe for the new file: with a converted path, and without the values to tune. */
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

/** The entry of a run in the old file, and its `set`. A network of a grid becomes an entry of its own. */
function findEntry({ sweep }: TunedFile, { name, place, recipe }: DraftRun): { entry: Json; set: Json } {
  const asGroup = (value: unknown): Json => (isGroup(value) ? value : {});
  if (place[0] === 'runs') {
    const entry = asGroup(valueAtPath(sweep, place));
    return { entry: withoutKeys(entry, 'tune', 'set'), set: asGroup(entry['set']) };
  }
  const grid = asGroup(sweep['grid']);
  const entry = {
    ...{ id: name, network: valueAtPath(sweep, place) },
    ...(recipe && { recipe: valueAtPath(sweep, recipe) }),
    ...('seeds' in grid && { seeds: grid['seeds'] }),
  };
  return { entry, set: asGroup(grid['set']) };
}

/** The comment above a run: its number of trials, and how the best one ended. */
function createComment({ subject, level, winner, chosen, states }: Outcome): string {
  const trials = formatCount(states.length, 'trial');
  if (subject.goal === 'finalAccuracy') {
    const end = winner?.result ? `; the best ends at ${formatPercent(winner.result.lastAccuracy)}` : '; none finished';
    return ` ${subject.name}: ${trials}${end}`;
  }
  if (winner) return ` ${subject.name}: ${trials}; the cheapest that reached the level`;
  if (level === undefined) return ` ${subject.name}: not searched, because its anchor has set no level`;
  if (states.every(({ status }) => status === 'diverged')) return ` ${subject.name}: ${trials}; all diverged`;
  const best = chosen?.result
    ? `; these settings had the highest accuracy, ${formatPercent(chosen.result.bestAccuracy)}`
    : '';
  return ` ${subject.name}: ${trials}; none reached the level of ${formatPercent(level)}${best}`;
}

/** Adds a change to a `set`, which cannot have a key inside of another one: a group that contains the key takes the value. */
function withSetting(set: Json, [key, value]: readonly [string, unknown]): Json {
  const outer = Object.keys(set).find((other) => key.startsWith(`${other}.`));
  if (outer !== undefined) return { ...set, [outer]: setByKey(set[outer], key.slice(outer.length + 1), value) };
  const inside = Object.keys(set).filter((other) => other.startsWith(`${key}.`));
  return { ...withoutKeys(set, ...inside), [key]: value };
}

function createRun(file: TunedFile, draft: DraftRun, outcome: Outcome): Json {
  const { entry, set } = findEntry(file, draft);
  const fromCommandLine = file.settings.map(({ key, value }) => [key, value] as const);
  const chosen = Object.entries(outcome.chosen?.trial.settings ?? {});
  const settings = [...fromCommandLine, ...chosen].reduce(withSetting, set);
  return {
    ...entry,
    network: movedNetwork(entry['network'], file),
    ...('recipe' in entry && { recipe: movedRecipe(entry['recipe'], file) }),
    ...(Object.keys(settings).length > 0 && { set: settings }),
  };
}

/** Formats the document with a comment above each run; networks, settings and seeds take one line each. */
function formatDocument(document: Document, comments: readonly string[]): string {
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

/** The YAML text of the sweep that was searched, with the chosen settings. */
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
    runs: runs.map(({ draft, outcome }) => createRun(file, draft, outcome)),
  });
  const text = formatDocument(
    document,
    runs.map(({ outcome }) => createComment(outcome)),
  );
  const head = [
    `# doubletime search chose these settings with the seed ${seed}, which the sweep itself does not use.`,
    '# Train them with: doubletime sweep FILE --dir DIR',
    ...file.comment,
  ];
  return `${head.join('\n')}\n${text}`;
}
