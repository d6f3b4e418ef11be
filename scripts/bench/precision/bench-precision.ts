// `npm run bench:precision [-- --torch PYTHON] [--out FILE]`: compares the learning curves of float32 and bfloat16 with the same seeds,
// for a ResNet-18 with a quarter of the width on a part of CIFAR-10. With --torch it trains the same settings in PyTorch, in float32 and
// with CPU autocast. The exit code is 1 if the mean accuracies of doubletime differ by more than three seeds of float32 differ from each
// other. FILE is written after every run; the same command makes only the runs that FILE does not have.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ExitCode, UserError } from '../../../src/base/errors.ts';
import { checkCounts, runScript } from '../../run-script.ts';
import { currentCommit } from '../../../src/train/accounting/environment.ts';
import { openRecord } from '../record.ts';
import { compareDifferences, compareFormats, isWithinSpread, METRICS } from './compare-formats.ts';
import { describeComparison, describeGap, describeRuns, describeVerdict } from './describe.ts';
import { findRun, FORMATS, type Library, type PrecisionRun, readPrecisionRuns } from './precision-runs.ts';
import { TorchTrainer, trainHere } from './train-runs.ts';
import { checkTorch } from '../torch.ts';

const args = await yargs(hideBin(process.argv))
  .option('seeds', { type: 'number', default: 3, describe: 'number of seeds' })
  .option('first', { type: 'number', default: 0, describe: 'the first seed' })
  .option('images', { type: 'number', default: 5000, describe: 'training images' })
  .option('epochs', { type: 'number', default: 6 })
  .option('torch', { type: 'string', describe: 'a Python that has torch and torchvision' })
  .option('out', { type: 'string', describe: 'a JSON file for the results' })
  .strict()
  .parseAsync();

const size = { images: args.images, epochs: args.epochs };
const commit = currentCommit();

/** @throws UserError exit code 64 if a number cannot be used. */
function checkArguments(): void {
  const { seeds, images, first, epochs } = args;
  checkCounts({ seeds, images });
  if (!(Number.isInteger(first) && first >= 0))
    throw new UserError(`--first is ${first}, expected a whole number, 0 or more`, ExitCode.usage);
  if (!(epochs > 0 && Number.isFinite(epochs)))
    throw new UserError(`--epochs is ${epochs}, expected a number above 0`, ExitCode.usage);
}

/** Makes the runs that are missing, and adds each to `runs` when it ends. */
async function makeRuns(runs: PrecisionRun[], folder: string, save: (run: PrecisionRun) => void): Promise<void> {
  const torch = args.torch === undefined ? undefined : new TorchTrainer(args.torch, folder, size);
  for (let seed = args.first; seed < args.first + args.seeds; seed++)
    for (const precision of FORMATS) {
      const add = async (library: Library, train: () => Promise<object>): Promise<PrecisionRun> => {
        const known = findRun(runs, { library, precision, seed });
        if (known) return known;
        const run = { library, precision, seed, ...size, commit, ...(await train()) } as PrecisionRun;
        console.error(`${library}, ${precision}, seed ${seed}: top-1 ${run.top1}, ${run.trainingSeconds.toFixed(1)} s`);
        runs.push(run);
        save(run);
        return run;
      };
      const own = await add('doubletime', () => trainHere(folder, precision, seed, size));
      if (torch) await add('pytorch', () => torch.train(own));
    }
}

async function main(): Promise<number> {
  checkArguments();
  if (args.torch !== undefined) checkTorch(args.torch, 'cpu');
  const record = openRecord('precision', args.out);
  const runs = readPrecisionRuns(args.out, { ...size, commit });
  for (const run of runs) record.add(run);
  const folder = mkdtempSync(join(tmpdir(), 'doubletime-precision-'));
  try {
    await makeRuns(runs, folder, (run) => {
      record.add(run);
      record.save();
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(describeRuns(runs));
  for (const metric of METRICS) {
    const [ours, theirs] = (['doubletime', 'pytorch'] as const).map((library) => compareFormats(runs, library, metric));
    for (const comparison of [ours, theirs])
      if (comparison) {
        record.add(comparison);
        console.log(describeComparison(comparison));
      }
    if (ours && theirs) {
      const differenceFromPytorch = compareDifferences(ours, theirs);
      record.add({ metric, differenceFromPytorch });
      console.log(describeGap(metric, differenceFromPytorch));
    }
  }
  record.save();
  const verdict = compareFormats(runs, 'doubletime', 'top1')!;
  console.log(describeVerdict(verdict));
  return isWithinSpread(verdict) === true ? 0 : 1;
}

await runScript('bench-precision', async () => {
  process.exitCode = await main();
});
