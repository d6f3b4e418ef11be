// Measures images per second of the loader and of torchvision's DataLoader (--torch PYTHON) in alternating rounds with the same
// number of workers. It also compares a raw pack with decoding, and measures the memory over 20 epochs. Without folders of JPEGs it
// generates images. --out FILE saves every round with the machine, versions and commit.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { buildPack } from '../../../src/data/pack/build.ts';
import { makeImages, repeatImages } from '../images.ts';
import { checkCounts, runScript } from '../../run-script.ts';
import { openRecord } from '../record.ts';
import { alternate, startRunner } from '../runner.ts';
import type { Runner } from '../runner.ts';
import { checkTorch } from '../torch.ts';

const args = await yargs(hideBin(process.argv))
  .option('full', { type: 'string', describe: 'a folder of full-size JPEGs' })
  .option('small', { type: 'string', describe: 'a folder of 64 x 64 JPEGs' })
  .option('torch', { type: 'string', describe: 'a Python that has torch and torchvision' })
  .option('workers', { type: 'number', default: availableParallelism() })
  .option('rounds', { type: 'number', default: 7 })
  .option('images', {
    type: 'number',
    default: 2000,
    describe: 'full-size images per round; small images: ten times as many',
  })
  .option('stepMs', {
    type: 'number',
    describe: 'milliseconds of a training step with batch 32 at 64 px, from bench:step',
  })
  .option('out', { type: 'string', describe: 'a JSON file for the results' })
  .strict()
  .parseAsync();

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const tsx = ['--import', 'tsx'];
const temporaryFolders: string[] = [];
const record = openRecord('data', args.out);

const ours = (
  name: string,
  source: string,
  path: string,
  crop: object,
  input: number,
  batch: number,
  workers = args.workers,
): Promise<Runner> =>
  startRunner(name, process.execPath, [
    ...tsx,
    here('data-worker.ts'),
    ...[source, path, JSON.stringify(crop), String(input), String(batch), String(workers)],
  ]);

const theirs = (path: string, crop: object, input: number, batch: number, output: string): Promise<Runner> =>
  startRunner(`torchvision ${output}`, args.torch!, [
    here('data_worker.py'),
    ...[path, JSON.stringify(crop), String(input), String(batch), String(args.workers), output],
  ]);

async function compareLoaders(
  title: string,
  path: string,
  crop: object,
  input: number,
  batch: number,
  images: number,
): Promise<void> {
  console.log(`${title}, batch ${batch}`);
  const runners = [await ours('doubletime', 'folder', path, crop, input, batch)];
  if (args.torch !== undefined) {
    runners.push(await theirs(path, crop, input, batch, 'float'), await theirs(path, crop, input, batch, 'uint8'));
  }
  const runs = await alternate(runners, String(Math.ceil(images / batch)), args.rounds);
  record.add({ title, batch, workers: args.workers, runs });
}

async function comparePackWithDecoding(path: string): Promise<void> {
  const file = join(path, 'bench.pack');
  const crop = { name: 'paddedCrop', padding: 8 };
  const packOptions = { store: 'raw', resize: 'box', size: 64, onBadPicture: 'stop' } as const;
  await buildPack(openFolder(path), {
    ...packOptions,
    file,
    workers: args.workers,
    progress: () => undefined,
  });
  const title = 'Raw pack against decoding, 64 px, padded crop and flip';
  console.log(`${title}, batch 32`);
  const runners = [
    await ours('the pack, 1 thread', 'pack', file, crop, 64, 32),
    await ours('decoding, 1 thread', 'folder', path, crop, 64, 32, 1),
    await ours('decoding, all', 'folder', path, crop, 64, 32),
  ];
  const batches = Math.ceil((10 * args.images) / 32);
  // The rounds of the pack are longer; otherwise they end before Node has compiled its code.
  const batchesFor = (runner: Runner): string => String(runner === runners[0] ? 20 * batches : batches);
  const runs = await alternate(runners, batchesFor, args.rounds);
  const batchMs = (32 * 1000) / runs[0]!.median;
  record.add({ title, batch: 32, runs, packMillisecondsABatch: batchMs, stepMs: args.stepMs });
  const part =
    args.stepMs === undefined ? '' : `, ${((100 * batchMs) / args.stepMs).toFixed(2)} % of a step of ${args.stepMs} ms`;
  console.log(`  a batch of 32 from the pack takes ${batchMs.toFixed(3)} ms${part}`);
}

function measureMemory(path: string): void {
  const output = execFileSync(process.execPath, [
    ...tsx,
    here('data-memory.ts'),
    path,
    '64',
    '64',
    String(args.workers),
  ]);
  const megabytes = output
    .toString()
    .trim()
    .split('\n')
    .map((line) => Number(line) / 1e6);
  const [second, last] = [megabytes[1]!, megabytes.at(-1)!];
  record.add({ title: 'Memory', residentMegabytesByEpoch: megabytes });
  console.log(
    `Memory: ${second.toFixed(0)} MB after 2 epochs, ${last.toFixed(0)} MB after ${megabytes.length} (${((100 * last) / second - 100).toFixed(1)} %)`,
  );
}

/** A dataset folder of `count` images: those of a folder, repeated, or generated images. */
async function prepareFolder(
  images: string | undefined,
  width: number,
  height: number,
  count: number,
): Promise<string> {
  const source = images ?? (await makeImages(width, height, 40));
  if (images === undefined) temporaryFolders.push(source);
  const folder = repeatImages(source, count);
  temporaryFolders.push(folder);
  return folder;
}

async function bench(): Promise<void> {
  const { workers, rounds, images } = args;
  checkCounts({ workers, rounds, images });
  if (args.torch !== undefined) checkTorch(args.torch, 'cpu');
  try {
    console.log(
      `${cpus()[0]?.model ?? 'CPU'}, ${cpus().length} cores, ${args.workers} workers, Node ${process.version}`,
    );
    const describeImages = (folder: string | undefined): string =>
      folder === undefined ? 'generated images' : basename(resolve(folder));
    const full = await prepareFolder(args.full, 500, 375, args.images);
    const small = await prepareFolder(args.small, 64, 64, 5000);
    const resized = { name: 'randomResizedCrop' };
    await compareLoaders(
      `Full size (${describeImages(args.full)}), RandomResizedCrop 224 and flip`,
      full,
      resized,
      224,
      32,
      args.images,
    );
    await compareLoaders(
      `64 px (${describeImages(args.small)}), RandomResizedCrop 64 and flip`,
      small,
      resized,
      64,
      128,
      10 * args.images,
    );
    await compareLoaders(
      '64 px, padded crop and flip',
      small,
      { name: 'paddedCrop', padding: 8 },
      64,
      128,
      10 * args.images,
    );
    await comparePackWithDecoding(small);
    measureMemory(small);
    record.save();
  } finally {
    for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true });
  }
}

await runScript('bench-data', bench);
