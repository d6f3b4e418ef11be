import { join } from 'node:path';

/** The names of the files in a run's folder: the contract between training, sweeps, reports and the command line. */
export const runFiles = {
  /** The run's YAML as it was given. */
  yaml: 'run.yaml',
  /** The config with all defaults filled in. */
  config: 'config.json',
  events: 'events.jsonl',
  curve: 'curve.jsonl',
  progress: 'progress.json',
  mark: 'mark.json',
  /** The sweep's limit; see flops-limit.ts. */
  budget: 'budget.json',
  /** Held by the process that trains. */
  lock: 'lock',
  /** Held by the sweep that has the run. */
  claim: 'claim',
  /** What the run's process prints, where a sweep started it. */
  output: 'output.log',
  checkpoints: 'checkpoints',
  tensorboard: 'tensorboard',
  measurement: 'measurement.json',
} as const;

/** Where everything of a run is. */
export type RunPaths = Readonly<Record<keyof typeof runFiles, string>>;

/** The paths of a run's files in its folder. */
export const runPaths = (folder: string): RunPaths =>
  Object.fromEntries(Object.entries(runFiles).map(([key, name]) => [key, join(folder, name)])) as RunPaths;
