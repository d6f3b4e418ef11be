import { join } from 'node:path';

/** The names of the files and folders in a run's folder. Training, sweeps, reports and the command line share them. */
export const runFiles = {
  /** The run's YAML file as it was started. */
  yaml: 'run.yaml',
  /** The config with all defaults. */
  config: 'config.json',
  events: 'events.jsonl',
  curve: 'curve.jsonl',
  progress: 'progress.json',
  mark: 'mark.json',
  /** The FLOPs that the sweep allows (flops-limit.ts). */
  budget: 'budget.json',
  /** The lock of the process that trains. */
  lock: 'lock',
  /** The lock of the sweep that manages the run. */
  claim: 'claim',
  /** What the run's process prints when a sweep starts it. */
  output: 'output.log',
  checkpoints: 'checkpoints',
  tensorboard: 'tensorboard',
  measurement: 'measurement.json',
  /** The run of a search that this run continues: its checkpoints were copied. */
  continues: 'continues',
} as const;

/** The path of each file and folder of a run. */
export type RunPaths = Readonly<Record<keyof typeof runFiles, string>>;

/** The paths in the folder of a run. */
export const runPaths = (folder: string): RunPaths =>
  Object.fromEntries(Object.entries(runFiles).map(([key, name]) => [key, join(folder, name)])) as RunPaths;
