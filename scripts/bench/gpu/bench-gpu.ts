// `npm run bench:gpu`: times training steps of networks on a GPU in each precision, with and without XLA. With --torch PYTHON it also
// times those of PyTorch on the same card. --device cpu with small sizes tests the benchmark itself. --out FILE saves the results
// with the card and the versions.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { findNetwork } from '../../../models/registry.ts';
import { ExitCode, messageOf, UserError } from '../../../src/base/errors.ts';
import { formatBytes } from '../../../src/base/text/format.ts';
import { findGpuInUse } from '../../../src/runtime/gpu/in-use.ts';
import { findGpuPeak } from '../../../src/runtime/gpu/peaks.ts';
import { readInstallation } from '../../../src/runtime/installation.ts';
import type { Environment } from '../../../src/train/accounting/environment.ts';
import { openRecord } from '../record.ts';

/** Networks, each with a batch that fits a card of 80 GB in float32. */
const NETWORKS = 'resnet50:256,resnet18:256,mobilenet_v1:256,efficientnet_b0:128';
const PRECISIONS = ['float32', 'tf32', 'bfloat16'] as const;
const TORCH_MODES = ['fp32', 'tf32', 'bf16', 'bf16-compile'] as const;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const usage = (message: string): UserError => new UserError(message, ExitCode.usage);

const readArguments = () =>
  yargs(hideBin(process.argv))
    .scriptName('npm run bench:gpu --')
    .option('networks', { type: 'string', default: NETWORKS, describe: 'NAME[:BATCH],...' })
    .option('batch', { type: 'number', default: 128, describe: 'batch of networks without :BATCH' })
    .option('input', { type: 'number', default: 224, describe: 'height and width of the images in pixels' })
    .option('steps', { type: 'number', default: 20, describe: 'timed steps, after five that are not timed' })
    .option('precisions', {
      type: 'string',
      describe: `precisions to measure, separated by commas; default: ${PRECISIONS.join()}, on a CPU without tf32`,
    })
    .option('xla', { choices: ['both', 'with', 'without'] as const, default: 'both' as const })
    .option('device', { choices: ['gpu', 'cpu'] as const, default: 'gpu' as const })
    .option('torch', { type: 'string', describe: 'a Python that has torch and torchvision' })
    .option('torch-modes', {
      type: 'string',
      default: TORCH_MODES.join(),
      describe: 'modes of PyTorch to measure, separated by commas',
    })
    .option('timeout', { type: 'number', default: 300, describe: 'time limit of one case in seconds' })
    .option('out', { type: 'string', describe: 'a JSON file for the results' })
    .strict()
    .version(false)
    .fail((message, error: Error | undefined) => {
      throw error ?? usage(message);
    })
    .parse();

/** The result of one case: the median, smallest and largest time of a step, or the error. */
interface Measured {
  readonly milliseconds?: number;
  readonly low?: number;
  readonly high?: number;
  readonly imagesPerSecond?: number;
  readonly memoryBytes?: number | null;
  readonly floorMilliseconds?: number | null;
  readonly error?: string;
  readonly environment?: Environment;
}

/** Runs a process. Each line of JSON that it prints is a result. If it prints none, its last error is the result. */
function measure(command: string, args: readonly string[], seconds: number, env: NodeJS.ProcessEnv): Measured[] {
  const { pid, stdout, stderr, status, signal } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 28,
    env,
  });
  if (pid === 0) return [{ error: `${command} could not be started` }];
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  if (lines.length > 0) return lines.map((line) => JSON.parse(line) as Measured);
  const errors = stderr.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  const last = errors.findLast((line) => /error/i.test(line)) ?? errors.at(-1) ?? '';
  return [
    {
      error: signal
        ? `ended by ${signal} after ${seconds} s or less`
        : `exit code ${status ?? '?'}: ${last.trim().slice(0, 300)}`,
    },
  ];
}

/** The environment of PyTorch: it must not load the CUDA libraries in TensorFlow's folder. */
function createTorchEnvironment(): NodeJS.ProcessEnv {
  const { folder } = readInstallation() ?? {};
  const path = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((part) => part !== '' && part !== folder);
  return { ...process.env, LD_LIBRARY_PATH: path.join(':') };
}

function rowText(name: string, row: Measured, first: Measured | undefined): string {
  if (row.error !== undefined || row.milliseconds === undefined)
    return `  ${name.padEnd(24)} failed: ${row.error ?? ''}`;
  const { milliseconds, low = 0, high = 0, imagesPerSecond = 0, memoryBytes, floorMilliseconds } = row;
  const parts = [
    `${milliseconds.toFixed(1).padStart(8)} ms (${low.toFixed(1)} to ${high.toFixed(1)})`,
    `${imagesPerSecond.toFixed(0).padStart(7)} images/s`,
    memoryBytes == null ? '' : formatBytes(memoryBytes),
    floorMilliseconds == null ? '' : `${((100 * floorMilliseconds) / milliseconds).toFixed(0)} % of the roofline`,
    first?.milliseconds === undefined ? '' : `doubletime's best is ${(milliseconds / first.milliseconds).toFixed(2)}x`,
  ];
  return `  ${name.padEnd(24)} ${parts.filter((part) => part !== '').join('  ')}`;
}

function parseNetworks(text: string, batch: number): { network: string; batch: number }[] {
  return text.split(',').map((entry) => {
    const [name = '', own] = entry.split(':');
    const size = own === undefined ? batch : Number(own);
    if (!Number.isInteger(size) || size < 1)
      throw usage(`--networks ${entry}: the batch is ${own ?? batch}, expected a whole number above 0`);
    return { network: findNetwork(name).name, batch: size };
  });
}

/** The names in a list that is separated by commas. @throws UserError exit code 64 for an unknown name. */
function parseNames<Name extends string>(option: string, text: string, known: readonly Name[]): Name[] {
  return text.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name);
    if (found === undefined)
      throw usage(`--${option} ${text}: ${name} is unknown, expected some of ${known.join(', ')}`);
    return found;
  });
}

function checkCount(option: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw usage(`--${option} is ${value}, expected a whole number above 0`);
}

/** The card, and a warning if its limits are not known. @throws UserError exit code 69 without a GPU. */
function checkCard(): void {
  const found = findGpuInUse();
  if ('reason' in found)
    throw new UserError(
      `no GPU to measure: ${found.reason}; --device cpu tests the benchmark without one`,
      ExitCode.unavailable,
    );
  if (findGpuPeak(found.gpu.name) === undefined)
    console.error(
      `warning: the limits of the card "${found.gpu.name}" are not known (src/runtime/gpu/peaks.ts), so no roofline is printed`,
    );
}

async function bench(): Promise<void> {
  const args = await readArguments();
  const networks = parseNetworks(args.networks, args.batch);
  const precisions = parseNames(
    'precisions',
    args.precisions ?? PRECISIONS.filter((name) => args.device === 'gpu' || name !== 'tf32').join(),
    PRECISIONS,
  );
  const torchModes = parseNames('torch-modes', args.torchModes, TORCH_MODES).join();
  for (const option of ['input', 'steps', 'timeout'] as const) checkCount(option, args[option]);
  const withXla = { both: [false, true], with: [true], without: [false] }[args.xla];
  if (args.device === 'gpu') checkCard();
  const record = openRecord('gpu', args.out);
  let environment: Environment | undefined;
  // Saves the results after each case, so that an interruption loses none. The environment comes from the workers: if this process
  // loaded TensorFlow for it, it would take memory of the card.
  const saveResult = (gpuCase: object, { environment: workerEnvironment, ...row }: Measured): void => {
    environment = workerEnvironment ?? environment;
    record.add({ ...gpuCase, ...row });
    if (row.error !== undefined) process.exitCode = ExitCode.failed;
    if (environment) record.save(environment);
  };
  for (const { network, batch } of networks) {
    console.log(`\n${network}, ${args.input} px, batch ${batch}, median of ${args.steps} steps (smallest to largest)`);
    const own: Measured[] = [];
    for (const precision of precisions)
      for (const xla of withXla) {
        const { input, device, steps } = args;
        const gpuCase = { network, input, batch, precision, xla, device, steps, roofline: true };
        const command = ['--import', 'tsx', here('gpu-worker.ts'), JSON.stringify(gpuCase)];
        const [row = {}] = measure(process.execPath, command, args.timeout, process.env);
        console.log(rowText(`${precision}${xla ? ' xla' : ''}`, row, undefined));
        saveResult({ framework: 'doubletime', network, input, batch, precision, xla }, row);
        own.push(row);
      }
    if (args.torch === undefined) continue;
    const best = own
      .filter(({ milliseconds }) => milliseconds !== undefined)
      .sort((a, b) => a.milliseconds! - b.milliseconds!)[0];
    const sizes = [network, String(args.input), String(batch), String(args.steps)];
    const command = [here('gpu_worker.py'), ...sizes, args.device === 'gpu' ? 'cuda' : 'cpu', torchModes];
    for (const row of measure(args.torch, command, 4 * args.timeout, createTorchEnvironment())) {
      const mode = 'mode' in row ? String(row.mode) : '';
      console.log(rowText(`PyTorch ${mode}`, row, best));
      saveResult({ framework: 'PyTorch', network, input: args.input, batch }, row);
    }
  }
  if (!environment) record.save();
}

try {
  await bench();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`bench:gpu: ${messageOf(error)}`);
  process.exitCode = error.exitCode;
}
