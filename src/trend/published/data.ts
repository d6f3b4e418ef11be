import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packageFile } from '../../base/files/home.ts';

const date = z.iso.date();
const positive = z.number().positive();

const tableRow = z.object({
  model: z.string(),
  date,
  epochs: positive,
  gigaflop_per_image: positive,
  petaflop_total: positive,
  teraflop_s_days: positive,
});
export type TableRow = z.infer<typeof tableRow>;

const trackerRow = z.object({
  level: z.string(),
  model: z.string(),
  date,
  compute: positive,
  factor: positive,
});
export type TrackerRow = z.infer<typeof trackerRow>;

const table2Row = z.object({
  original: z.string(),
  improved: z.string(),
  task: z.string(),
  factor: positive,
  period: z.string(),
  doubling_months: positive.optional(),
  doubling_days: positive.optional(),
  single_group: z.boolean().optional(),
});
export type Table2Row = z.infer<typeof table2Row>;

/** The learning curve of a training log: the top-5 accuracy after every epoch, and the size of the training images. */
const logRow = z.object({
  name: z.string(),
  model: z.string(),
  /** The day on which the log was published. */
  date,
  source: z.string(),
  /** Whether the network has BlurPool: a blur before each strided convolution. Its MACs are counted. */
  blurPool: z.boolean().optional(),
  /** Consecutive epochs by the height and width of their training images in pixels. */
  sizes: z.array(z.object({ input: z.int().positive(), epochs: z.int().positive() })),
  sizes_from: z.string(),
  evaluation: z.string(),
  /** How certain the numbers of the row are, in words. */
  sure: z.string(),
  /** Top-5 accuracies in percent, one per epoch. */
  top5: z.array(z.number().min(0).max(100)).min(1),
});
export type LogRow = z.infer<typeof logRow>;

const publishedSchema = z.object({
  source: z.string(),
  notes: z.array(z.string()),
  recipe: z.object({ epochs: positive }),
  alexnet_level: z.array(tableRow),
  table1: z.array(
    z.object({
      model: z.string(),
      epochs_factor: positive,
      flop_per_epoch_factor: positive,
      efficiency_factor: positive,
    }),
  ),
  table2: z.array(table2Row),
  appendix_a: z.object({
    seq2seq_flop: positive,
    transformer_base_flop: positive,
    transformer_base_fraction_to_seq2seq_level: positive,
    gnmt_flop: positive,
    transformer_big_flop: positive,
    transformer_big_fraction_to_gnmt_level: positive,
    alphazero_total_flop_decrease: positive,
    alphazero_steps_to_match: positive,
    alphazero_steps_total: positive,
  }),
  headline: z.object({
    factor: positive,
    doubling_months: positive,
    moores_law_factor: positive,
    moores_law_doubling_months: positive,
    ai_and_compute_factor_2012_2018: positive,
    algorithmic_factor_2012_2018: positive,
    effective_compute_factor_2012_2018: positive,
    inference: z.array(
      z.object({
        model: z.string(),
        level: z.string(),
        factor: positive,
        period: z.string(),
        doubling_months: positive,
      }),
    ),
  }),
  tracker: z.object({
    source: z.string(),
    columns: z.array(z.string()),
    rules: z.string(),
    rows: z.array(trackerRow),
    known_errors: z.array(z.string()),
  }),
  additions: z.object({
    training_images: positive,
    dates: z.array(z.object({ model: z.string(), tracker: date, right: date, source: z.string() })),
    resnet50_level: z.array(
      z.object({
        model: z.string(),
        date,
        source: z.string(),
        teraflop_s_days: positive.optional(),
        epochs: positive.optional(),
        gigaflop_per_image: positive.optional(),
      }),
    ),
  }),
  logs: z.object({
    what: z.string(),
    images_per_epoch: positive,
    rows: z.array(logRow),
    left_out: z.array(z.object({ what: z.string(), why: z.string() })),
  }),
});
export type Published = z.infer<typeof publishedSchema>;

const exactSchema = z.object({
  what: z.string(),
  counts: z.array(
    z.object({
      network: z.string(),
      model: z.string(),
      input: z.int().positive(),
      forwardMacs: positive,
      /** A link to the network's paper. */
      paper: z.url(),
      source: z.string(),
    }),
  ),
  /** The counts of the networks of training logs, at the sizes of their images. */
  logged: z.array(
    z.object({ model: z.string(), input: z.int().positive(), blurPool: z.boolean(), forwardMacs: positive }),
  ),
});
export type ExactCounts = z.infer<typeof exactSchema>;

const resultsFile = (name: string): string => packageFile(`results/${name}`);

const readJson = (name: string): unknown => JSON.parse(readFileSync(resultsFile(name), 'utf8')) as unknown;

/** Reads results/published.json: the numbers of Hernandez & Brown 2020 and of the public tracker. */
export const readPublished = (): Published => publishedSchema.parse(readJson('published.json'));

/** Reads results/exact-counts.json: the exact forward MACs of networks. */
export const readExactCounts = (): ExactCounts => exactSchema.parse(readJson('exact-counts.json'));
