import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readProgress } from '../results/progress.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import { readPlan } from '../results/sweep-plan.ts';

/** A run that has been planned or begun and has no measurement. */
export interface MissingRun {
  readonly id: string;
  readonly network: string;
  /** Where it stands, in a few words. */
  readonly state: string;
  readonly epochs: string;
  readonly accuracy: number | null;
  readonly updatedAt: string;
  /** Its last words, or why it cannot be read. */
  readonly message: string;
}

const DEEPEST = 4;

const isRunFolder = (folder: string): boolean => {
  const { progress, yaml } = runPaths(folder);
  return existsSync(progress) || existsSync(yaml);
};

/** A folder and the folders under it, not looking into runs and hidden folders. */
function foldersUnder(folder: string, depth = 0): string[] {
  if (depth === DEEPEST || isRunFolder(folder)) return [folder];
  const inner = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(folder, entry.name))
    .sort();
  return [folder, ...inner.flatMap((path) => foldersUnder(path, depth + 1))];
}

const without = (id: string, network: string, state: string, message = ''): MissingRun => ({
  id,
  network,
  state,
  epochs: '',
  accuracy: null,
  updatedAt: '',
  message,
});

function begunRun(folder: string): MissingRun {
  if (!existsSync(runPaths(folder).progress)) return without(basename(folder), '', 'not started');
  const progress = readProgress(folder);
  if (progress === undefined) return without(basename(folder), '', 'unknown', 'its progress.json cannot be read');
  return {
    id: progress.id,
    network: progress.network,
    state: progress.state,
    epochs: `${Math.floor(progress.epoch * 10) / 10} of ${progress.epochs}`,
    accuracy: progress[progress.level?.metric ?? 'top1'],
    updatedAt: progress.updatedAt,
    message: progress.message ?? '',
  };
}

/** The runs of the plans in a sweep's folder: `sweeps/*.json`. A damaged plan is the sweep's to name. */
function plannedRuns(folder: string): MissingRun[] {
  const { plans } = sweepPaths(folder);
  if (!existsSync(plans)) return [];
  return readdirSync(plans)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      try {
        const { runs } = readPlan(join(plans, name));
        return runs.map(({ id, network }) => without(id, network, 'not started'));
      } catch {
        return [without(name, '', 'unknown', 'this plan cannot be read')];
      }
    });
}

/**
 * Runs planned or begun under the folders among `paths` that have no measurement, neither in their own folder nor, by id,
 * among those that were read.
 */
export function findMissing(paths: readonly string[], measured: ReadonlySet<string>): MissingRun[] {
  const folders = paths
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory())
    .flatMap((path) => foldersUnder(path));
  const runs = folders.filter(isRunFolder);
  const done = new Set(runs.filter((folder) => existsSync(runPaths(folder).measurement)).map((f) => basename(f)));
  const begun = runs.filter((folder) => !done.has(basename(folder))).map(begunRun);
  const found = [...folders.flatMap(plannedRuns), ...begun].map((run) => [run.id, run] as const);
  return [...new Map(found).values()].filter(({ id }) => !measured.has(id) && !done.has(id));
}
