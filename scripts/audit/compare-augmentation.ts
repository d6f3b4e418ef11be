// Applies every augmentation to the same images in doubletime and in torchvision (--torch PYTHON), and prints the differences of
// the pixels. --out FILE saves them as JSON. It also compares the magnitudes of all levels and the policies; the exit code is 1 if
// these differ.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { z } from 'zod';
import { magnitudeAt } from '../../src/data/augment/automatic.ts';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation } from '../../src/data/augment/color.ts';
import { OPERATIONS } from '../../src/data/augment/operations.ts';
import type { OperationName } from '../../src/data/augment/operations.ts';
import type { Image } from '../../src/data/augment/image.ts';
import { POLICIES } from '../../src/data/augment/policies.ts';
import { decodeImage } from '../../src/data/decode/decode.ts';
import { fullBox } from '../../src/data/resize/box.ts';
import { Resizer } from '../../src/data/resize/resizer.ts';
import { planWindow } from '../../src/data/resize/sampling.ts';
import { openRecord } from '../bench/record.ts';
import { checkTorch } from '../bench/torch.ts';
import { runScript } from '../run-script.ts';

const SIZE = { width: 224, height: 192 };
const ADJUSTMENTS = {
  brightness: adjustBrightness,
  contrast: adjustContrast,
  saturation: adjustSaturation,
  hue: adjustHue,
};

type Job =
  | { kind: 'operation'; name: OperationName; magnitude: number }
  | { kind: 'adjustment'; name: keyof typeof ADJUSTMENTS; magnitude: number }
  | ({
      kind: 'resize';
      name: string;
      side: number;
      interpolation: string;
    } & (typeof BOXES)[number]);

const BOXES = [
  { left: 11, top: 7, width: 180, height: 150 },
  { left: 90, top: 60, width: 40, height: 53 },
] as const;

/** doubletime's interpolations and torchvision's names for them. */
const INTERPOLATIONS = {
  nearest: 'nearest',
  linear: 'bilinear',
  cubic: 'bicubic',
  lanczos3: 'lanczos',
} as const;

const names = Object.keys(OPERATIONS) as OperationName[];
const LEVELS = [1, 9, 17, 30];

function createJobs(): Job[] {
  const operations = names.flatMap((name) =>
    LEVELS.flatMap((level) => {
      const { magnitude, signed } = magnitudeAt(name, level / 30, SIZE);
      return (signed ? [magnitude, -magnitude] : [magnitude]).map((value): Job => ({
        kind: 'operation',
        name,
        magnitude: value,
      }));
    }),
  );
  const adjustments = (Object.keys(ADJUSTMENTS) as (keyof typeof ADJUSTMENTS)[]).flatMap((name) =>
    (name === 'hue' ? [-0.5, -0.1, 0.03, 0.4] : [0, 0.3, 0.9, 1.4, 2.5]).map((magnitude): Job => ({
      kind: 'adjustment',
      name,
      magnitude,
    })),
  );
  const resizes = Object.values(INTERPOLATIONS).flatMap((interpolation) =>
    BOXES.map((box): Job => ({
      kind: 'resize',
      name: interpolation,
      side: 96,
      interpolation,
      ...box,
    })),
  );
  return [...operations, ...adjustments, ...resizes];
}

const resizer = new Resizer();

/** Runs a job in doubletime and returns the pixels. */
function runJob(job: Job, source: Uint8Array): Uint8Array {
  const image: Image = { ...SIZE, pixels: source.slice() };
  if (job.kind === 'operation') OPERATIONS[job.name](image, job.magnitude);
  else if (job.kind === 'adjustment') ADJUSTMENTS[job.name](image, job.magnitude);
  else {
    const [name] = Object.entries(INTERPOLATIONS).find(([, theirs]) => theirs === job.interpolation)!;
    resizer.source(source.length).set(source);
    const size = { width: job.side, height: job.side };
    const sampling = planWindow(job, size, fullBox(size), name as keyof typeof INTERPOLATIONS);
    return resizer.sample(fullBox(SIZE), sampling).slice();
  }
  return image.pixels;
}

/** Up to ten images of the folder, resized to one size; without a folder a generated image. */
async function readImages(folder: string | undefined): Promise<Uint8Array[]> {
  const length = 3 * SIZE.width * SIZE.height;
  const waves = Uint8Array.from({ length }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % SIZE.width, Math.floor(at / 3 / SIZE.width)];
    return 128 + 90 * Math.sin(x / (5 + (at % 3))) * Math.cos(y / 9) + ((at * 2654435761) >>> 27);
  });
  if (folder === undefined) return [waves];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .slice(0, 10);
  return Promise.all(
    files.map(async (file) => {
      const imageResizer = new Resizer();
      const { image } = await decodeImage(readFileSync(join(folder, file)), (bytes) => imageResizer.source(bytes));
      const box = fullBox(image);
      return imageResizer.sample(box, planWindow(box, SIZE, fullBox(SIZE), 'linear')).slice();
    }),
  );
}

/** Differences of pixel values, of 255. */
interface Difference {
  largest: number;
  sum: number;
  /** The number of compared values. */
  bytes: number;
  /** The number of differences above 1. */
  beyondOne: number;
}

function addDifferences(to: Difference, ours: Uint8Array, theirs: Uint8Array): void {
  ours.forEach((value, at) => {
    const difference = Math.abs(value - theirs[at]!);
    to.largest = Math.max(to.largest, difference);
    to.sum += difference;
    to.bytes++;
    if (difference > 1) to.beyondOne++;
  });
}

const table = z.record(z.string(), z.tuple([z.array(z.number()), z.boolean()]));
const policy = z.array(z.array(z.tuple([z.string(), z.number(), z.number().nullable()])));
const tablesSchema = z.object({
  versions: z.string(),
  randAugment: table,
  autoAugment: table,
  policies: z.object({ imagenet: policy, cifar10: policy }),
});

/** One line for each difference between the magnitudes or policies of both sides. */
function tableDifferences(theirs: z.infer<typeof tablesSchema>): string[] {
  const found: string[] = [];
  for (const which of ['randAugment', 'autoAugment'] as const) {
    for (const [name, [magnitudes, signed]] of Object.entries(theirs[which])) {
      magnitudes.forEach((expected, level) => {
        const part = level / (magnitudes.length - 1);
        const ours = magnitudeAt(name as OperationName, part, SIZE);
        // torch computes in 32-bit floats.
        const same = Math.abs(ours.magnitude - expected) <= 1e-5 * Math.max(1, Math.abs(expected));
        if (!same || ours.signed !== signed)
          found.push(`${which} ${name} level ${level}: ${ours.magnitude}, torchvision ${expected}`);
      });
    }
  }
  for (const which of ['imagenet', 'cifar10'] as const) {
    const ours = POLICIES[which].map((pair) => pair.map(([name, p, level]) => `${name} ${p} ${level}`));
    const their = theirs.policies[which].map((pair) => pair.map(([name, p, level]) => `${name} ${p} ${level ?? 0}`));
    if (JSON.stringify(ours) !== JSON.stringify(their)) found.push(`the policy ${which}: its operations differ`);
  }
  return found;
}

async function main(python: string, folder: string | undefined, out: string | undefined): Promise<number> {
  const work = mkdtempSync(join(tmpdir(), 'doubletime-augmentation-'));
  try {
    const sources = await readImages(folder);
    const all = createJobs();
    writeFileSync(join(work, 'images.raw'), Buffer.concat(sources));
    writeFileSync(join(work, 'jobs.json'), JSON.stringify({ ...SIZE, jobs: all }));
    const script = fileURLToPath(new URL('../parity/augmentation.py', import.meta.url));
    execFileSync(python, [script, work], { stdio: 'inherit' });
    const tables = tablesSchema.parse(JSON.parse(readFileSync(join(work, 'tables.json'), 'utf8')));
    const theirs = readFileSync(join(work, 'results.raw'));
    console.log(`${sources.length} images of ${SIZE.width} x ${SIZE.height}; ${tables.versions}`);
    console.log('operation      cases  largest    mean  beyond 1');
    const record = openRecord('augmentation', out);
    record.add({ images: sources.length, ...SIZE, versions: tables.versions });
    for (const row of comparePixels(all, sources, theirs)) {
      console.log(formatRow(row));
      record.add(row);
    }
    const found = tableDifferences(tables);
    record.add({ differentTables: found });
    record.save();
    for (const line of found) console.log(`DIFFERENT ${line}`);
    if (found.length === 0) console.log('magnitudes of all levels and both policies are equal');
    return found.length === 0 ? 0 : 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The differences of pixel values, of 255, of one operation over all its cases and images. */
interface Row {
  readonly operation: string;
  readonly cases: number;
  readonly largest: number;
  readonly mean: number;
  /** The fraction of values that differ by more than 1. */
  readonly beyondOne: number;
}

const formatRow = ({ operation, cases, largest, mean, beyondOne }: Row): string =>
  [
    operation.padEnd(16),
    String(cases).padStart(3),
    String(largest).padStart(8),
    mean.toFixed(4).padStart(7),
    `${(100 * beyondOne).toFixed(3)} %`.padStart(9),
  ].join(' ');

/** Runs all jobs in doubletime, and compares the pixels with torchvision's. */
function comparePixels(all: readonly Job[], sources: readonly Uint8Array[], theirs: Buffer): Row[] {
  const differences = new Map<string, Difference & { cases: number }>();
  let at = 0;
  for (const source of sources) {
    for (const job of all) {
      const ours = runJob(job, source);
      const key = job.kind === 'resize' ? `resize ${job.name}` : job.name;
      const difference = differences.get(key) ?? { largest: 0, sum: 0, bytes: 0, beyondOne: 0, cases: 0 };
      addDifferences(difference, ours, theirs.subarray(at, at + ours.length));
      difference.cases++;
      differences.set(key, difference);
      at += ours.length;
    }
  }
  return [...differences].map(([operation, { largest, sum, bytes, beyondOne, cases }]) => ({
    operation,
    cases,
    largest,
    mean: sum / bytes,
    beyondOne: beyondOne / bytes,
  }));
}

const args = await yargs(hideBin(process.argv))
  .option('torch', {
    type: 'string',
    demandOption: true,
    describe: 'a Python that has torchvision',
  })
  .option('images', { type: 'string', describe: 'a folder of JPEGs; default: a generated image' })
  .option('out', { type: 'string', describe: 'a JSON file for the results' })
  .strict()
  .parseAsync();
await runScript('compare-augmentation', async () => {
  checkTorch(args.torch, 'cpu');
  process.exitCode = await main(args.torch, args.images, args.out);
});
