// `npm run bundle -- --out DIR`: writes everything that a machine without a network needs as chunks into a folder: Node, this
// checkout, the packages that it needs at run time, TensorFlow, and parts of CUDA. GPU code is reduced to one architecture.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { formatBytes, formatCount } from '../../src/base/text/format.ts';
import { homeFolder, packageFile, packageRoot } from '../../src/base/files/home.ts';
import { type Chunk, SegmentCache, writeChunks } from './chunks.ts';
import { cudaParts, type CudaPart } from './cuda-libraries.ts';
import { stageFiles } from './stage.ts';
import { reducedTensorFlow } from './tensorflow.ts';
import { runScript, usageError } from '../run-script.ts';

const print = (line: string): void => {
  process.stderr.write(`bundle: ${line}\n`);
};

const readArguments = () =>
  yargs(hideBin(process.argv))
    .scriptName('npm run bundle --')
    .usage('$0 --out DIR [options]')
    .option('out', { type: 'string', demandOption: true, describe: 'the folder for the chunks, new or empty' })
    .option('cpu', { type: 'boolean', default: false, describe: 'without CUDA' })
    .option('gpu-arch', {
      type: 'number',
      default: 90,
      describe: 'compute capability of the GPU times ten: 80 A100, 89 L4, 90 H100',
    })
    .option('libraries', {
      type: 'string',
      default: 'all',
      describe: 'parts of CUDA to include, by name, separated by commas; the other machine must have the rest',
    })
    .option('chunk-mib', { type: 'number', default: 58, describe: 'maximum size of a chunk in MiB' })
    .option('cifar10', { type: 'boolean', default: false, describe: 'include CIFAR-10' })
    .option('add', {
      type: 'string',
      array: true,
      default: [] as string[],
      describe: 'FILE=PATH: include a file under that path in the bundle',
    })
    .option('level', { type: 'number', default: 6, describe: 'effort of xz, 0 (fast) to 9 (small)' })
    .strict()
    .version(false)
    .fail((message, error: Error | undefined) => {
      throw error ?? usageError(message);
    })
    .parse();

/** The parts of CUDA that `--libraries` names. @throws UserError exit code 64 for an unknown name. */
function chooseParts(libraries: string): readonly CudaPart[] {
  if (libraries === 'all') return cudaParts;
  return libraries.split(',').map((name) => {
    const part = cudaParts.find((candidate) => candidate.name === name);
    if (part) return part;
    throw usageError(
      `--libraries ${libraries}: ${name} is unknown, expected all or some of ${cudaParts.map((known) => known.name).join(', ')}`,
    );
  });
}

function parseAddition(text: string): { from: string; to: string } {
  const at = text.indexOf('=');
  const to = text.slice(at + 1);
  if (at < 1 || to === '' || to.startsWith('/') || to.split('/').includes('..'))
    throw usageError(`--add ${text}: expected FILE=PATH with a relative path, such as ref.json=references/ref.json`);
  return { from: resolve(text.slice(0, at)), to };
}

function checkNumber(name: string, value: number, from: number, to: number): void {
  if (!(value >= from && value <= to))
    throw usageError(
      `--${name} is ${Number.isNaN(value) ? 'not a number' : value}, expected a number from ${from} to ${to}`,
    );
}

/** Creates the output folder. @throws UserError exit code 73 if it is not empty. */
function createOutputFolder(out: string): string {
  const folder = resolve(out);
  mkdirSync(folder, { recursive: true });
  const [first] = readdirSync(folder);
  if (first !== undefined)
    throw new UserError(
      `--out ${out} is not empty (${first}): choose a new folder, or empty it`,
      ExitCode.cannotCreate,
    );
  return folder;
}

function writeReadme(folder: string, chunks: readonly Chunk[], unpackedBytes: number): void {
  const mebibytes = Math.ceil((2.1 * unpackedBytes) / 2 ** 20);
  const script = readFileSync(packageFile('scripts/bundle/unpack.sh'), 'utf8').replaceAll(
    '@MEBIBYTES@',
    String(mebibytes),
  );
  writeFileSync(join(folder, 'unpack.sh'), script);
  chmodSync(join(folder, 'unpack.sh'), 0o755);
  const lines = [
    `doubletime in ${formatCount(chunks.length, 'chunk')}, for a machine without a network (Linux, ${process.arch}). Copy all files of this folder there.`,
    `sh unpack.sh FOLDER   checks and unpacks them into a new FOLDER (${mebibytes} MiB of disk space); needs xz or python3`,
    'FOLDER/doubletime doctor   checks the machine; --gpu requires a GPU, --ops compares every op with the CPU',
    'FOLDER/doubletime train RUN.yaml --dir DIR   trains; the same command resumes; . FOLDER/env.sh puts this Node on the PATH',
  ];
  writeFileSync(join(folder, 'README.txt'), `${lines.join('\n')}\n`);
}

type Arguments = Awaited<ReturnType<typeof readArguments>>;

/** What the bundle contains beside this checkout. @throws UserError exit code 64 for wrong options, 69 on another system than Linux. */
function chooseContent(args: Arguments) {
  if (process.platform !== 'linux')
    throw new UserError(
      `a bundle can only be made on Linux, and this is ${process.platform}: run the command on Linux`,
      ExitCode.unavailable,
    );
  checkNumber('chunk-mib', args.chunkMib, 0.1, 1e6);
  checkNumber('level', args.level, 0, 9);
  checkNumber('gpu-arch', args.gpuArch, 10, 999);
  const cifar10 = { from: join(homeFolder(), 'data/cifar10.pack'), to: '.doubletime/data/cifar10.pack' };
  return {
    parts: args.cpu ? [] : chooseParts(args.libraries),
    extra: [...args.add.map(parseAddition), ...(args.cifar10 ? [cifar10] : [])],
    architecture: args.cpu ? undefined : args.gpuArch,
  };
}

/** Writes the files of `stage` as chunks of a tar archive. @throws UserError exit code 74 if tar fails. */
async function compress(
  stage: string,
  files: readonly string[],
  folder: string,
  args: Arguments,
): Promise<readonly Chunk[]> {
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  const words = ['-c', ...owner, '--hard-dereference', '-C', stage, '--no-recursion', '--null', '-T', '-'];
  const tar = spawn('tar', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  tar.stdin.end(files.map((file) => `${file}\0`).join(''));
  const ended = new Promise<number | null>((resolve) => tar.on('close', resolve));
  const cache = new SegmentCache(join(homeFolder(), 'bundle', 'segments'));
  const chunks = await writeChunks(tar.stdout, folder, { mebibytes: args.chunkMib, level: args.level, cache });
  if ((await ended) !== 0) throw new UserError('tar failed: see the messages above', ExitCode.io);
  cache.removeUnused();
  return chunks;
}

function printChunks(out: string, chunks: readonly Chunk[]): void {
  for (const { name, bytes } of chunks) print(`${name} ${formatBytes(bytes)}`);
  const total = chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
  process.stdout.write(
    `${out}: ${formatCount(chunks.length, 'chunk')}, ${formatBytes(total)}; README.txt says how to use them\n`,
  );
}

async function bundle(): Promise<void> {
  const args = await readArguments();
  const { parts, extra, architecture } = chooseContent(args);
  const folder = createOutputFolder(args.out);
  const tensorflow = await reducedTensorFlow(homeFolder(), parts, architecture, print);
  const stage = mkdtempSync(join(homeFolder(), 'bundle', 'stage-'));
  try {
    const files = stageFiles(stage, { checkout: packageRoot, node: process.execPath, tensorflow, extra });
    const bytes = files.reduce((sum, file) => sum + statSync(join(stage, file)).size, 0);
    print(`compressing ${formatBytes(bytes)} in ${formatCount(files.length, 'file')}`);
    const chunks = await compress(stage, files, folder, args);
    writeReadme(folder, chunks, bytes);
    printChunks(args.out, chunks);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

await runScript('bundle', async () => {
  try {
    await bundle();
  } catch (error) {
    if (error instanceof Error && error.name === 'SetupFailure')
      throw new UserError(error.message, ExitCode.unavailable, { cause: error });
    throw error;
  }
});
