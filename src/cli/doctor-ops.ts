import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, extname } from 'node:path';
import { findNetwork, networks as allNetworks } from '../../models/registry.ts';
import { ExitCode, systemCodeOf, UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files/files.ts';
import { outputFile } from '../base/files/output-file.ts';
import { formatBytes, formatCount } from '../base/text/format.ts';
import { compareDevices } from '../engine/device-check/compare.ts';
import { mergeResults, newOps } from '../engine/device-check/merge.ts';
import { comparisonPage, describeVerdict } from '../engine/device-check/page.ts';
import { type DeviceResults, findReference, readReference } from '../engine/device-check/results.ts';
import { listOps, runOnDevice } from '../engine/device-check/run-device.ts';
import { describeMachine } from '../runtime/machine.ts';
import { currentCommit } from '../train/accounting/environment.ts';
import { showItemProgress } from './data/progress.ts';

export interface OpsOptions {
  readonly gpu: boolean;
  readonly json: boolean;
  readonly networks: string | undefined;
  readonly reference: string | undefined;
  readonly writeReference: string | undefined;
  readonly tolerance: number;
  readonly out: string | undefined;
}

const printStatus = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** The names that `--networks` asks for; all networks by default. @throws UserError exit code 78 for an unknown name. */
const chooseNetworks = (names: string | undefined): string[] =>
  names === undefined
    ? allNetworks.map(({ name }) => name)
    : [...new Set(names.split(',').map((name) => findNetwork(name.trim()).name))];

/** The largest number of processes: more need gigabytes of memory each, and the GPU is busy with fewer. */
const MAX_PROCESSES = 8;

/**
 * Executes the ops and the steps of the networks on one device; `threads`: default as many as the device has cores. With one thread, or
 * on a GPU, several processes share the ops.
 */
async function measure(ops: DeviceResults['ops'], names: readonly string[], device: 'cpu' | 'gpu', threads?: number) {
  const bar = showItemProgress(`ops and steps on the ${device}`);
  try {
    const processes = device === 'gpu' || threads === 1 ? Math.min(MAX_PROCESSES, availableParallelism()) : 1;
    const where = { device, processes, ...(threads !== undefined && { threads }) };
    return await runOnDevice(ops, { ...where, networks: names, commit: currentCommit(), progress: bar.update });
  } finally {
    bar.stop();
  }
}

/** So many networks are recorded and executed before the reference is saved. */
const GROUP = 4;

/**
 * What an interrupted call has saved; undefined if the file is new or was made by other code.
 * @throws UserError exit code 73 if the file is something else.
 */
function savedReference(file: string): DeviceResults | undefined {
  if (!existsSync(file)) return undefined;
  const saved = findReference(file);
  if (saved === undefined)
    throw new UserError(
      `--write-reference ${file} exists and is not a reference of this version: remove it, or choose another file`,
      ExitCode.cannotCreate,
    );
  if (saved.commit === currentCommit()) return saved;
  printStatus(`${file} was made by commit ${saved.commit ?? 'unknown'}, not by this one: it is made anew`);
  return undefined;
}

/**
 * Records the networks' steps on this machine, and computes what the CPU gives with one thread. With a file, saves after each
 * group of networks, and leaves out the networks that the file already has.
 */
async function createReference(names: readonly string[], file?: string): Promise<DeviceResults> {
  let reference = file === undefined ? undefined : savedReference(file);
  const done = new Set(reference?.steps.map(({ network }) => network));
  const left = names.filter((name) => !done.has(name));
  if (reference && done.size > 0) printStatus(`${file} has ${formatCount(done.size, 'network')}, ${left.length} left`);
  for (let at = 0; at < left.length; at += GROUP) {
    const group = left.slice(at, at + GROUP);
    const { ops: listed, skipped } = await listOps(group);
    for (const line of skipped) printStatus(`left out: ${line}`);
    const ops = newOps(reference, listed);
    printStatus(
      `networks ${at + 1} to ${at + group.length} of ${left.length}: executing ${ops.length} distinct ops on the CPU`,
    );
    reference = mergeResults(reference, await measure(ops, group, 'cpu', 1), listed);
    if (file !== undefined) writeFileAtomic(file, JSON.stringify(reference));
  }
  return reference!;
}

/** Restricts a reference to some of its networks. @throws UserError exit code 78 if it lacks one of them. */
export function restrictReference(reference: DeviceResults, file: string, names: readonly string[]): DeviceResults {
  const known = new Set(reference.steps.map(({ network }) => network));
  const missing = names.find((name) => !known.has(name));
  if (missing !== undefined)
    throw new UserError(
      `--networks is ${names.join(',')}, but ${file} lacks ${missing} (it has ${[...known].join(', ')}): write the file again with that network`,
      ExitCode.config,
    );
  const isKept = reference.ops.map(({ networks }) => networks.some((name) => names.includes(name)));
  return {
    ...reference,
    ops: reference.ops.filter((_, i) => isKept[i]),
    opResults: reference.opResults.filter((_, i) => isKept[i]),
    steps: reference.steps.filter(({ network }) => names.includes(network)),
  };
}

/** Reads the file of `--reference`, restricted to `--networks`. Warns if another commit wrote it. */
function loadReference(file: string, names: string | undefined): DeviceResults {
  const reference = readReference(file);
  const commit = currentCommit();
  if (reference.commit !== commit)
    printStatus(
      `warning: ${file} was written by commit ${reference.commit ?? 'unknown'}, but this is commit ${commit ?? 'unknown'}`,
    );
  return names === undefined ? reference : restrictReference(reference, file, chooseNetworks(names));
}

/** Says what the file of a reference contains. Exit code 1 if an op or a network's steps failed on the CPU. */
function printReference(file: string, { ops, opResults, steps, seconds }: DeviceResults): void {
  const size = `${formatBytes(statSync(file).size)}, ${seconds.toFixed(0)} s of computing`;
  process.stdout.write(`${file}: ${formatCount(ops.length, 'op')}, ${formatCount(steps.length, 'network')}, ${size}\n`);
  const failed = [
    ...ops.flatMap(({ op, layer }, i) =>
      opResults[i]!.error === undefined ? [] : [`${op} (${layer}): ${opResults[i]!.error}`],
    ),
    ...steps.flatMap(({ network, error }) => (error === undefined ? [] : [`the steps of ${network}: ${error}`])),
  ];
  for (const line of failed) printStatus(`failed: ${line}`);
  process.exitCode = failed.length === 0 ? ExitCode.ok : ExitCode.failed;
}

/** The facts at the top of the page, as name and value. */
function describeComparison(reference: DeviceResults, results: DeviceResults): [string, string][] {
  const { cpu, gpus, platform } = describeMachine();
  return [
    ['machine', `${platform}, ${cpu}`],
    ['GPU', gpus.map(({ name, driver }) => `${name}, driver ${driver}`).join('; ') || 'none'],
    ['TensorFlow', results.tensorflow],
    ['doubletime', results.commit ?? 'unknown commit'],
    ['reference', `${reference.device}, TensorFlow ${reference.tensorflow}, ${reference.commit ?? 'unknown commit'}`],
    ['seconds', `${results.seconds} (reference: ${reference.seconds})`],
  ];
}

/** The checked options, and what to compare. */
export interface OpsPlan {
  readonly options: OpsOptions;
  readonly networks: readonly string[];
  /** Undefined if the reference is still to be computed on this machine. */
  readonly reference: DeviceResults | undefined;
}

/**
 * Checks that a file can be created in its folder, before anything is computed.
 * @throws UserError exit code 73, or 65 if something else is in the place of the file.
 */
function requireWritableFolder(option: string, file: string | undefined): void {
  if (file === undefined) return;
  const folder = dirname(outputFile(file));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const problem = systemCodeOf(error) === 'ENOENT' ? 'does not exist' : 'cannot be written';
    throw new UserError(
      `--${option} ${file}: the folder ${folder} ${problem}: create it, or choose another file`,
      ExitCode.cannotCreate,
    );
  }
}

/**
 * Checks the options and reads the reference; executes nothing.
 * @throws UserError exit code 64 for a wrong option, 65 or 66 for the reference, 73 if a file cannot be written, 78 for an unknown
 * network.
 */
export function planOps(options: OpsOptions): OpsPlan {
  const { networks, tolerance, out } = options;
  if (!(tolerance > 0)) throw new UserError(`--tolerance is ${tolerance}, expected a number above 0`, ExitCode.usage);
  if (out !== undefined && !['.md', '.json'].includes(extname(out)))
    throw new UserError(`--out is ${out}, expected a file name that ends with .md or .json`, ExitCode.usage);
  if (options.reference !== undefined && options.writeReference !== undefined)
    throw new UserError('--reference and --write-reference are both given: remove one of them', ExitCode.usage);
  if (out !== undefined && options.writeReference !== undefined)
    throw new UserError('--out has no effect with --write-reference: remove one of them', ExitCode.usage);
  requireWritableFolder('write-reference', options.writeReference);
  requireWritableFolder('out', out);
  const reference = options.reference === undefined ? undefined : loadReference(options.reference, networks);
  return { options, reference, networks: reference?.steps.map(({ network }) => network) ?? chooseNetworks(networks) };
}

/**
 * Executes every distinct op of the networks' training steps and three steps of each network on this machine's GPU (without
 * `--gpu`: its CPU), compares them with the CPU's reference, and prints a page. Exit code 1 if something differs or fails.
 * @throws UserError exit code 69 if TensorFlow cannot be loaded on the device, 73 or 74 if a file cannot be written.
 */
export async function checkOps({ options, networks, reference: loaded }: OpsPlan): Promise<void> {
  const { gpu, tolerance, out } = options;
  const reference = loaded ?? (await createReference(networks, options.writeReference));
  if (options.writeReference !== undefined) {
    printReference(options.writeReference, reference);
    return;
  }
  const results = await measure(reference.ops, networks, gpu ? 'gpu' : 'cpu');
  const comparison = compareDevices(reference, results, tolerance);
  const facts = describeComparison(reference, results);
  const page = comparisonPage(comparison, facts);
  const content = { facts: Object.fromEntries(facts), verdict: describeVerdict(comparison), ...comparison };
  // JSON has no infinite numbers.
  const infinityAsText = (_: string, value: unknown): unknown => (value === Infinity ? 'Infinity' : value);
  const json = `${JSON.stringify(content, infinityAsText, 2)}\n`;
  if (out !== undefined) writeFileAtomic(out, extname(out) === '.json' ? json : page);
  process.stdout.write(options.json ? json : out === undefined ? page : `${describeVerdict(comparison)}; see ${out}\n`);
  process.exitCode = comparison.ok ? ExitCode.ok : ExitCode.failed;
}
