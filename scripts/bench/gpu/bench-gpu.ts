// `npm run bench:gpu`: times training steps of networks on a GPU in each precision, with and without XLA. With --torch PYTHON it also
// times those of PyTorch on the same card. --device cpu with small sizes tests the benchmark itself. --out FILE saves the results
// with the card and the versions.
import { fileURLToPath } from 'node:url';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';
import { findNetwork } from '../../../models/registry.ts';
import { ExitCode, UserError } from '../../../src/base/errors.ts';
import { formatBytes } from '../../../src/base/text/format.ts';
import { findGpuInUse } from '../../../src/runtime/gpu/in-use.ts';
import { findGpuPeak } from '../../../src/runtime/gpu/peaks.ts';
import type { Environment } from '../../../src/train/accounting/environment.ts';
import { checkCounts, runScript, usageError } from '../../run-script.ts';
import { openRecord } from '../record.ts';
import { type Measured, measureCases } from './measure-case.ts';
import { checkTorch, createTorchEnvironment, TORCH_MODES, type TorchMode } from '../torch.ts';

/** Networks, each with a batch that fits a card of 80 GB in float32. */
const NETWORKS = 'resnet50:256,resnet18:256,mobilenet_v1:256,efficientnet_b0:128';
const PRECISIONS = ['float32', 'tf32', 'bfloat16'] as const;

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

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
      describe: `modes of PyTorch to measure, separated by commas; default: ${TORCH_MODES.join()}, on a CPU without tf32`,
    })
    .option('timeout', { type: 'number', default: 300, describe: 'time limit of one case in seconds' })
    .option('out', { type: 'string', describe: 'a JSON file for the results' })
    .strict()
    .version(false)
    .fail((message, error: Error | undefined) => {
      throw error ?? usageError(message);
    })
    .parse();

function rowText(name: string, row: Measured, first: Measured | undefined): string {
  if (row.error !== undefined || row.milliseconds === undefined)
    return `  ${name.padEnd(24)} failed: ${row.error ?? ''}`;
  const { milliseconds, low = 0, high = 0, imagesPerSecond = 0, memoryBytes, floorMilliseconds } = row;
  const parts = [
    `${milliseconds.toFixed(1).padStart(8)} ms (${low.toFixed(1)} to ${high.toFixed(1)})`,
    `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0).padStart(7)} images/s`,
    memoryBytes == null ? '' : formatBytes(memoryBytes),
    floorMilliseconds == null ? '' : `${((100 * floorMilliseconds) / milliseconds).toFixed(0)} % of the roofline`,
    first?.milliseconds === undefined
      ? ''
      : `${(milliseconds / first.milliseconds).toFixed(2)}x the time of doubletime's fastest case`,
  ];
  return `  ${name.padEnd(24)} ${parts.filter((part) => part !== '').join('  ')}`;
}

function parseNetworks(text: string, batch: number): { network: string; batch: number }[] {
  return text.split(',').map((entry) => {
    const [name = '', own] = entry.split(':');
    const size = own === undefined ? batch : Number(own);
    if (!Number.isInteger(size) || size < 1)
      throw usageError(`--networks ${entry}: the batch is ${own ?? batch}, expected a whole number above 0`);
    return { network: findNetwork(name).name, batch: size };
  });
}

/** The names in a list that is separated by commas. @throws UserError exit code 64 for an unknown name. */
function parseNames<Name extends string>(option: string, text: string, known: readonly Name[]): Name[] {
  return text.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name);
    if (found === undefined)
      throw usageError(`--${option} ${text}: ${name} is unknown, expected some of ${known.join(', ')}`);
    return found;
  });
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

/** The modes of PyTorch to measure; none without --torch. @throws UserError exit code 64. */
function chooseTorchModes(python: string | undefined, modes: string | undefined, device: 'cpu' | 'gpu'): TorchMode[] {
  const usual = TORCH_MODES.filter((name) => device === 'gpu' || name !== 'tf32').join();
  const chosen = parseNames('torch-modes', modes ?? usual, TORCH_MODES);
  if (device === 'cpu' && chosen.includes('tf32'))
    throw usageError(`--torch-modes ${chosen.join()}: a CPU has no tf32, expected fp32, bf16 or bf16-compile`);
  if (python === undefined && modes !== undefined)
    throw usageError('--torch-modes has no effect without --torch: add --torch PYTHON');
  return python === undefined ? [] : chosen;
}

type Arguments = Awaited<ReturnType<typeof readArguments>>;

/** @throws UserError exit code 64. */
function choosePrecisions({ device, precisions }: Arguments) {
  const usual = PRECISIONS.filter((name) => device === 'gpu' || name !== 'tf32').join();
  const chosen = parseNames('precisions', precisions ?? usual, PRECISIONS);
  if (device === 'cpu' && chosen.includes('tf32'))
    throw usageError(`--precisions ${chosen.join()}: a CPU has no tf32, expected float32 or bfloat16`);
  return chosen;
}

/** What is measured. @throws UserError exit code 64 for wrong options, 69 without a GPU. */
function choosePlan(args: Arguments) {
  const { input, steps, timeout, device, torch } = args;
  const plan = {
    networks: parseNetworks(args.networks, args.batch),
    precisions: choosePrecisions(args),
    withXla: { both: [false, true], with: [true], without: [false] }[args.xla],
    torchModes: chooseTorchModes(torch, args.torchModes, device),
    ...{ input, steps, timeout, device, torch },
  };
  checkCounts({ input, steps, timeout });
  if (device === 'gpu') checkCard();
  if (torch !== undefined) checkTorch(torch, device);
  return plan;
}

type Plan = ReturnType<typeof choosePlan>;
type SizedNetwork = Plan['networks'][number];
type SaveResult = (gpuCase: object, row: Measured) => void;

/**
 * Saves the results after each case, so that an interruption loses none. The environment comes from the workers: if this process
 * loaded TensorFlow for it, it would take memory of the card.
 */
function openResults(out: string | undefined): { save: SaveResult; close: () => void } {
  const record = openRecord('gpu', out);
  let environment: Environment | undefined;
  return {
    save: (gpuCase, { environment: workerEnvironment, ...row }) => {
      environment = workerEnvironment ?? environment;
      record.add({ ...gpuCase, ...row });
      if (row.error !== undefined) process.exitCode = ExitCode.failed;
      if (environment) record.save(environment);
    },
    close: () => {
      if (!environment) record.save();
    },
  };
}

/** Measures doubletime in each precision, with and without XLA. Returns the fastest case. */
function measureOwn(plan: Plan, { network, batch }: SizedNetwork, save: SaveResult): Measured | undefined {
  const { input, device, steps } = plan;
  const cases = plan.precisions.flatMap((precision) => plan.withXla.map((xla) => ({ precision, xla })));
  const rows = cases.map(({ precision, xla }) => {
    const gpuCase = { network, input, batch, precision, xla, device, steps, roofline: true };
    const command = ['--import', 'tsx', here('gpu-worker.ts'), JSON.stringify(gpuCase)];
    // A worker that fails after its result is a failure: the last result has the error.
    const row = measureCases(process.execPath, command, { seconds: plan.timeout, env: process.env }).at(-1) ?? {};
    console.log(rowText(`${precision}${xla ? ' xla' : ''}`, row, undefined));
    save({ framework: 'doubletime', network, input, batch, precision, xla }, row);
    return row;
  });
  const timed = rows.filter(({ milliseconds }) => milliseconds !== undefined);
  return timed.sort((a, b) => a.milliseconds! - b.milliseconds!)[0];
}

/** Measures PyTorch in each mode. */
function measureTorch(
  plan: Plan,
  { network, batch }: SizedNetwork,
  save: SaveResult,
  best: Measured | undefined,
): void {
  const { torch, torchModes, input, steps, device } = plan;
  if (torch === undefined) return;
  // On a CPU the peak memory is that of the process, so each mode needs its own.
  const processes = device === 'cpu' ? torchModes.map((mode) => [mode]) : [torchModes];
  const sizes = [network, String(input), String(batch), String(steps)];
  for (const modes of processes) {
    const command = [here('gpu_worker.py'), ...sizes, device === 'gpu' ? 'cuda' : 'cpu', modes.join()];
    const limits = { seconds: plan.timeout * modes.length, env: createTorchEnvironment() };
    for (const result of measureCases(torch, command, limits)) {
      const row = { mode: modes.join(), ...result };
      console.log(rowText(`PyTorch ${row.mode}`, row, best));
      save({ framework: 'PyTorch', network, input, batch, device }, row);
    }
  }
}

async function bench(): Promise<void> {
  const args = await readArguments();
  const plan = choosePlan(args);
  const results = openResults(args.out);
  for (const sized of plan.networks) {
    const { input, steps } = plan;
    console.log(
      `\n${sized.network}, ${input} px, batch ${sized.batch}, median of ${steps} steps (smallest to largest)`,
    );
    const best = measureOwn(plan, sized, results.save);
    measureTorch(plan, sized, results.save, best);
  }
  results.close();
}

await runScript('bench:gpu', bench);
