import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { planSweep } from '../../../src/api/plan-sweep.ts';
import { formatCount } from '../../../src/base/text/format.ts';
import type { Measurement } from '../../../src/results/measurement.ts';
import { loadMeasurements, type StoredMeasurement } from '../../../src/results/store.ts';
import { torchStudySchema, type TorchStudy } from './torch-study.ts';

/** A study of this project: its folder in results/, its title, and the command that measures it. */
export interface StudyPlan {
  readonly folder: string;
  readonly title: string;
  readonly command: string;
  /** The name of its sweep in configs/sweeps. */
  readonly sweep?: string;
}

export const studies = {
  cifar10: {
    folder: 'cifar10',
    title: 'CIFAR-10',
    sweep: 'cifar10',
    command: 'npx doubletime sweep configs/sweeps/cifar10.yaml --dir runs/cifar10 --results results',
  },
  tinyImagenet: {
    folder: 'tiny-imagenet-100',
    title: 'Tiny ImageNet with 100 classes',
    sweep: 'tiny-imagenet-100',
    command:
      'npx doubletime sweep configs/sweeps/tiny-imagenet-100.yaml --dir runs/tiny-imagenet-100 --results results',
  },
  ablations: {
    folder: 'ablations',
    title: 'Ablations on CIFAR-10',
    sweep: 'ablations-cifar10',
    command: 'npx doubletime sweep configs/sweeps/ablations-cifar10.yaml --dir runs/ablations --results results',
  },
  pytorch: {
    folder: 'pytorch',
    title: 'Against PyTorch',
    command: 'npm run study:torch -- --torch PYTHON',
  },
  quickstart: { folder: 'quickstart', title: 'a part of CIFAR-10 (quickstart)', command: 'npm start' },
} as const satisfies Readonly<Record<string, StudyPlan>>;

const trialSchema = z.object({
  number: z.int(),
  settings: z.record(z.string(), z.number()),
  epochsTrained: z.number(),
});
const searchSchema = z.object({
  seed: z.int(),
  networks: z
    .array(
      z.object({
        run: z.string(),
        goal: z.enum(['computeToLevel', 'finalAccuracy']),
        /** The level that the network is to reach; that of an anchor has no value before its trials end. */
        level: z.object({ value: z.number().optional() }).optional(),
        budgetEpochs: z.number(),
        trials: z.array(trialSchema),
        /** The number of the best trial; null if none reached the level. */
        best: z.int().nullable(),
        /** The number of the trial whose settings the search chose. */
        chosen: z.int().nullable(),
      }),
    )
    .min(1),
});
type Search = z.infer<typeof searchSchema>;

/** A study with the measurements that exist so far. */
export interface Study extends StudyPlan {
  readonly stored: readonly StoredMeasurement[];
  readonly measurements: readonly Measurement[];
  /** The search of its settings: `search.json` in its folder. */
  readonly search: Search | undefined;
}

export interface Studies {
  readonly cifar10: Study;
  readonly tinyImagenet: Study;
  readonly ablations: Study;
  readonly quickstart: Study;
  readonly torch: readonly TorchStudy[];
}

/** @throws Error if a measurement cannot be read: the text must not leave it out. */
function readStudy(results: string, plan: StudyPlan): Study {
  const folder = join(results, plan.folder);
  const { stored, unreadable } = existsSync(folder) ? loadMeasurements([folder]) : { stored: [], unreadable: [] };
  const [bad] = unreadable;
  if (bad) throw new Error(`${bad.file}: ${bad.message}`);
  const file = join(folder, 'search.json');
  const search = existsSync(file) ? searchSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  return { ...plan, stored, measurements: stored.map(({ measurement }) => measurement), search };
}

/** The comparisons with PyTorch: `torch-NETWORK.json`. */
function readTorch(results: string): TorchStudy[] {
  const folder = join(results, studies.pytorch.folder);
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /^torch-.*\.json$/.test(name)) : [];
  return names.sort().map((name) => torchStudySchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
}

/** All studies in a folder of results. A study without measurements is empty. */
export const readStudies = (results: string): Studies => ({
  cifar10: readStudy(results, studies.cifar10),
  tinyImagenet: readStudy(results, studies.tinyImagenet),
  ablations: readStudy(results, studies.ablations),
  quickstart: readStudy(results, studies.quickstart),
  torch: readTorch(results),
});

/** The progress of a study's sweep: `5 of the 15 runs of its sweep are measured so far.`; empty if the sweep is complete. */
export function progressText({ sweep, stored }: Study): string {
  if (sweep === undefined) return '';
  const names = new Set(stored.map(({ file }) => basename(file, '.json')));
  const { runs } = planSweep(sweep);
  const measured = runs.filter(({ id }) => names.has(id)).length;
  if (measured === runs.length) return '';
  const older = stored.length - measured;
  const others =
    older === 0
      ? ''
      : ` ${formatCount(older, 'other measurement')} ${older === 1 ? 'is' : 'are'} of earlier versions of the sweep.`;
  return `${measured} of the ${runs.length} runs of its sweep are measured so far.${others}`;
}

const RUN_ID = /^(?<name>.+?)-s\d+-[0-9a-f]{8,}$/;

/** The name of a run in its sweep, from its file name: `resnet18-bn` for `resnet18-bn-s0-1a2b3c4d.json`. */
export function runName({ file, measurement }: StoredMeasurement): string {
  return RUN_ID.exec(basename(file, '.json'))?.groups?.['name'] ?? measurement.network;
}

const publishedSchema = z.object({
  section_5_1: z
    .array(z.object({ change: z.string(), saved: z.tuple([z.number(), z.number()]).nullable(), text: z.string() }))
    .default([]),
});

/** The savings that the paper states (results/published.json), by the name of the change. */
export const readPublishedChanges = (file: string) =>
  new Map(publishedSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).section_5_1.map((row) => [row.change, row]));
