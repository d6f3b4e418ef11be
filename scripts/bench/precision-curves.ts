// `npm run bench:precision [-- --out FILE]`: compares the learning curves of float32 and bfloat16 with the same seeds, for a ResNet-18
// with a quarter of the width on a part of CIFAR-10. The exit code is 1 if the mean accuracies differ by more than the seeds of
// float32 differ from each other. FILE keeps the runs of other seeds with the same settings, so a long comparison can be made in several
// commands.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { formatTable } from '../../src/base/table.ts';
import { train } from '../../src/api/train.ts';
import { openRecord } from './record.ts';

const args = await yargs(hideBin(process.argv))
  .option('seeds', { type: 'number', default: 3, describe: 'number of seeds' })
  .option('first', { type: 'number', default: 0, describe: 'the first seed' })
  .option('images', { type: 'number', default: 5000, describe: 'training images' })
  .option('epochs', { type: 'number', default: 6 })
  .option('out', { type: 'string', describe: 'a JSON file for the results' })
  .strict()
  .parseAsync();

const FORMATS = ['float32', 'bfloat16'] as const;
type Format = (typeof FORMATS)[number];

const settings = (precision: Format, seed: number): string[] => [
  ...['network.width=0.25', 'level=null', 'stopAt=end', `seed=${seed}`, `recipe.precision=${precision}`],
  ...[`data.trainExamples=${args.images}`, 'data.validationExamples=2000'],
  ...['recipe.batch=32', 'recipe.learningRate=0.05', `recipe.epochs=${args.epochs}`],
];

async function trainOnce(dir: string, precision: Format, seed: number) {
  const set = settings(precision, seed);
  const { curve, totals, counts } = await train({ run: 'cifar10-resnet18', dir, set });
  const points = curve.map(({ epochs, trainingLoss, loss, top1 }) => ({ epochs, trainingLoss, loss, top1 }));
  const { macsByPrecision } = counts;
  const top1 = curve.at(-1)!.top1;
  const { images, epochs } = args;
  const trainingSeconds = totals.seconds.training;
  return { precision, seed, images, epochs, top1, trainingSeconds, macsByPrecision, curve: points };
}
type Run = Awaited<ReturnType<typeof trainOnce>>;

/** The runs in the file of earlier commands, except those that this command makes again. */
function readRuns(file: string | undefined): Run[] {
  if (file === undefined || !existsSync(file)) return [];
  const { results } = JSON.parse(readFileSync(file, 'utf8')) as { readonly results: readonly Partial<Run>[] };
  return results.filter(
    (run): run is Run =>
      run.images === args.images &&
      run.epochs === args.epochs &&
      !(run.seed! >= args.first && run.seed! < args.first + args.seeds),
  );
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const spread = (values: readonly number[]): number => Math.max(...values) - Math.min(...values);

const record = openRecord('precision', args.out);
const folder = mkdtempSync(join(tmpdir(), 'doubletime-precision-'));
const runs = readRuns(args.out);
try {
  for (let seed = args.first; seed < args.first + args.seeds; seed++)
    for (const precision of FORMATS) {
      const run = await trainOnce(join(folder, `${precision}-${seed}`), precision, seed);
      console.error(`${precision}, seed ${seed}: top-1 ${run.top1}, ${run.trainingSeconds.toFixed(1)} s`);
      runs.push(run);
    }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const run of runs) record.add(run);
const lastAccuracies = (format: Format): number[] =>
  runs.filter((run) => run.precision === format).map(({ top1 }) => top1);
const [full, half] = [lastAccuracies('float32'), lastAccuracies('bfloat16')];
const difference = mean(half) - mean(full);
record.add({ mean: { float32: mean(full), bfloat16: mean(half) }, difference, spreadOfSeeds: spread(full) });
record.save();
const rows = runs.map(({ precision, seed, top1, trainingSeconds }) => [
  precision,
  String(seed),
  top1.toFixed(4),
  trainingSeconds.toFixed(1),
]);
console.log(formatTable([{ name: 'precision' }, { name: 'seed' }, { name: 'top-1' }, { name: 'training s' }], rows));
console.log(
  `mean top-1: float32 ${mean(full).toFixed(4)}, bfloat16 ${mean(half).toFixed(4)}, difference ${difference.toFixed(4)}; float32's seeds differ by ${spread(full).toFixed(4)}`,
);
process.exitCode = Math.abs(difference) <= spread(full) ? 0 : 1;
