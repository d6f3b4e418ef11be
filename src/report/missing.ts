import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listFolders, statIfExists } from '../base/files/stat.ts';
import { readProgress } from '../results/progress.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import { readPlan } from '../results/sweep-plan.ts';

/** A planned or started run without a measurement. */
export interface MissingRun {
  readonly id: string;
  readonly network: string;
  /** Its state: `not started`, `unknown`, or that of its progress. */
  readonly state: string;
  readonly epochs: string;
  readonly accuracy: number | null;
  readonly updatedAt: string;
  /** Its last error message, or why its progress cannot be read. */
  readonly message: string;
}

/** How deep run folders are searched. */
const MAX_DEPTH = 4;

const isRunFolder = (folder: string): boolean => {
  const { progress, yaml } = runPaths(folder);
  return existsSync(progress) || existsSync(yaml);
};

/** A folder and the folders below it, without hidden folders and folders inside runs. */
function foldersBelow(folder: string, depth = 0): string[] {
  if (depth === MAX_DEPTH || isRunFolder(folder)) return [folder];
  const inner = listFolders(folder)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(folder, name))
    .sort();
  return [folder, ...inner.flatMap((path) => foldersBelow(path, depth + 1))];
}

const unmeasuredRun = (id: string, network: string, state: string, message = ''): MissingRun => ({
  id,
  network,
  state,
  epochs: '',
  accuracy: null,
  updatedAt: '',
  message,
});

function startedRun(folder: string): MissingRun {
  if (!existsSync(runPaths(folder).progress)) return unmeasuredRun(basename(folder), '', 'not started');
  const progress = readProgress(folder);
  if (progress === undefined) return unmeasuredRun(basename(folder), '', 'unknown', 'its progress.json cannot be read');
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

/** The runs of all plans in a sweep's folder: `sweeps/*.json`. A damaged plan is in the list with the name of its file. */
function plannedRuns(folder: string): MissingRun[] {
  const { plans } = sweepPaths(folder);
  if (!existsSync(plans)) return [];
  return readdirSync(plans)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      try {
        const { runs } = readPlan(join(plans, name));
        return runs.map(({ id, network }) => unmeasuredRun(id, network, 'not started'));
      } catch {
        return [unmeasuredRun(name, '', 'unknown', 'this plan cannot be read')];
      }
    });
}

/**
 * The planned or started runs without a measurement, in those `paths` that are folders.
 * @param measured ids of runs that have a measurement elsewhere.
 */
export function findMissing(paths: readonly string[], measured: ReadonlySet<string>): MissingRun[] {
  const folders = paths.filter((path) => statIfExists(path)?.isDirectory()).flatMap((path) => foldersBelow(path));
  const runs = folders.filter(isRunFolder);
  const done = new Set(runs.filter((folder) => existsSync(runPaths(folder).measurement)).map((f) => basename(f)));
  const started = runs.filter((folder) => !done.has(basename(folder))).map(startedRun);
  const found = [...folders.flatMap(plannedRuns), ...started].map((run) => [run.id, run] as const);
  return [...new Map(found).values()].filter(({ id }) => !measured.has(id) && !done.has(id));
}
