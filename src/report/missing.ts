import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readRegularText } from '../base/read-file.ts';
import { progressSchema } from '../results/progress.ts';

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

/** What a sweep's plan says of its runs; the rest of it is the sweep's own. */
const planSchema = z.object({
  runs: z.array(
    z.object({ id: z.string(), config: z.object({ network: z.object({ name: z.string() }) }) }),
  ),
});

const DEEPEST = 4;

const isRunFolder = (folder: string): boolean =>
  existsSync(join(folder, 'progress.json')) || existsSync(join(folder, 'run.yaml'));

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

function readProgress(folder: string): MissingRun {
  const file = join(folder, 'progress.json');
  if (!existsSync(file)) return without(basename(folder), '', 'not started');
  try {
    const progress = progressSchema.parse(JSON.parse(readRegularText(file)));
    return {
      id: progress.id,
      network: progress.network,
      state: progress.state,
      epochs: `${Math.floor(progress.epoch * 10) / 10} of ${progress.epochs}`,
      accuracy: progress[progress.level?.metric ?? 'top1'],
      updatedAt: progress.updatedAt,
      message: progress.message ?? '',
    };
  } catch {
    return without(basename(folder), '', 'unknown', 'its progress.json cannot be read');
  }
}

/** The runs of the plans in a sweep's folder: `sweeps/*.json`. A damaged plan is the sweep's to name. */
function plannedRuns(folder: string): MissingRun[] {
  const plans = join(folder, 'sweeps');
  if (!existsSync(plans)) return [];
  return readdirSync(plans)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      try {
        const { runs } = planSchema.parse(JSON.parse(readRegularText(join(plans, name))));
        return runs.map(({ id, config }) => without(id, config.network.name, 'not started'));
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
  const done = new Set(
    runs.filter((folder) => existsSync(join(folder, 'measurement.json'))).map((f) => basename(f)),
  );
  const begun = runs.filter((folder) => !done.has(basename(folder))).map(readProgress);
  const found = [...folders.flatMap(plannedRuns), ...begun].map((run) => [run.id, run] as const);
  return [...new Map(found).values()].filter(({ id }) => !measured.has(id) && !done.has(id));
}
