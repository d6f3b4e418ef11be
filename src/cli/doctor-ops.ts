import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { findNetwork, networks as allNetworks } from '../../models/registry.ts';
import { ExitCode, UserError } from '../base/errors.ts';
import { writeFileAtomic } from '../base/files.ts';
import { ProgressDisplay } from '../base/progress-line.ts';
import { compareDevices } from '../engine/device-check/compare.ts';
import { mergeResults, newOps } from '../engine/device-check/merge.ts';
import { comparisonPage, verdictOf } from '../engine/device-check/page.ts';
import { type DeviceResults, findReference, readReference } from '../engine/device-check/results.ts';
import { listOps, runOnDevice } from '../engine/device-check/run-device.ts';
import { describeMachine } from '../runtime/machine.ts';
import { currentCommit } from '../train/accounting/environment.ts';

export interface OpsOptions {
  readonly gpu: boolean;
  readonly json: boolean;
  readonly networks: string | undefined;
  readonly reference: string | undefined;
  readonly writeReference: string | undefined;
  readonly tolerance: number;
  readonly out: string | undefined;
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** The names that `--networks` asks for; all networks by default. @throws UserError exit code 78 for an unknown name. */
const chooseNetworks = (names: string | undefined): string[] =>
  names === undefined
    ? allNetworks.map(({ name }) => name)
    : names.split(',').map((name) => findNetwork(name.trim()).name);

function progressOf(title: string) {
  const display = new ProgressDisplay(process.stderr);
  return {
    show: (done: number, total: number): void => {
      if (process.stderr.isTTY) display.draw(() => `${title}: ${done} of ${total}`);
    },
    end: (): void => {
      if (process.stderr.isTTY) display.clear();
    },
  };
}

async function measure(ops: DeviceResults['ops'], names: readonly string[], device: 'cpu' | 'gpu', threads?: number) {
  const bar = progressOf(`ops and steps on the ${device}`);
  try {
    const where = { device, ...(threads !== undefined && { threads }) };
    return await runOnDevice(ops, { ...where, networks: names, commit: currentCommit(), progress: bar.show });
  } finally {
    bar.end();
  }
}

/** So many networks are recorded and executed before the reference is saved. */
const GROUP = 8;

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
  say(`${file} was made by commit ${saved.commit ?? 'unknown'}, not by this one: it is made anew`);
  return undefined;
}

/**
 * Records the networks' steps on this machine, and computes what the CPU gives with one thread. With a file, saves after each
 * group of networks, and leaves out the networks that the file already has.
 */
async function makeReference(names: readonly string[], file?: string): Promise<DeviceResults> {
  let reference = file === undefined ? undefined : savedReference(file);
  const done = new Set(reference?.steps.map(({ network }) => network));
  const left = names.filter((name) => !done.has(name));
  if (reference && done.size > 0) say(`${file}: ${done.size} networks are there, ${left.length} are left`);
  for (let at = 0; at < left.length; at += GROUP) {
    const group = left.slice(at, at + GROUP);
    const { ops: listed, skipped } = await listOps(group);
    for (const line of skipped) say(`left out: ${line}`);
    const ops = newOps(reference, listed);
    say(
      `networks ${at + 1} to ${at + group.length} of ${left.length}: executing ${ops.length} distinct ops on the CPU`,
    );
    reference = mergeResults(reference, await measure(ops, group, 'cpu', 1), listed);
    if (file !== undefined) writeFileAtomic(file, JSON.stringify(reference));
  }
  return reference!;
}

/** Keeps the named networks of a reference. @throws UserError exit code 78 if it has not all of them. */
export function restrictReference(reference: DeviceResults, file: string, names: readonly string[]): DeviceResults {
  const known = new Set(reference.steps.map(({ network }) => network));
  const missing = names.find((name) => !known.has(name));
  if (missing !== undefined)
    throw new UserError(
      `--networks ${missing}: ${file} was made without this network, it has ${[...known].join(', ')}; write it again with that network`,
      ExitCode.config,
    );
  const kept = reference.ops.map(({ networks }) => networks.some((name) => names.includes(name)));
  return {
    ...reference,
    ops: reference.ops.filter((_, i) => kept[i]),
    opResults: reference.opResults.filter((_, i) => kept[i]),
    steps: reference.steps.filter(({ network }) => names.includes(network)),
  };
}

function givenReference(file: string, names: string | undefined): DeviceResults {
  const reference = readReference(file);
  const commit = currentCommit();
  if (reference.commit !== commit)
    say(`warning: ${file} was made by commit ${reference.commit ?? 'unknown'}, this is ${commit ?? 'unknown'}`);
  return names === undefined ? reference : restrictReference(reference, file, chooseNetworks(names));
}

function factsOf(reference: DeviceResults, found: DeviceResults): [string, string][] {
  const { cpu, gpus, platform } = describeMachine();
  return [
    ['machine', `${platform}, ${cpu}`],
    ['GPU', gpus.map(({ name, driver }) => `${name}, driver ${driver}`).join('; ') || 'none'],
    ['TensorFlow', found.tensorflow],
    ['doubletime', found.commit ?? 'unknown commit'],
    ['reference', `${reference.device}, TensorFlow ${reference.tensorflow}, ${reference.commit ?? 'unknown commit'}`],
    ['seconds', `${found.seconds} (reference: ${reference.seconds})`],
  ];
}

/** What is to be compared. */
export interface OpsPlan {
  readonly options: OpsOptions;
  readonly networks: readonly string[];
  /** Undefined where it is made on this machine. */
  readonly reference: DeviceResults | undefined;
}

/** Checks the options, before anything is executed. @throws UserError exit code 64, 65, 66 or 78. */
export function planOps(options: OpsOptions): OpsPlan {
  const { networks, tolerance, out } = options;
  if (!(tolerance > 0)) throw new UserError(`--tolerance is ${tolerance}, expected a number above 0`, ExitCode.usage);
  if (out !== undefined && !['.md', '.json'].includes(extname(out)))
    throw new UserError(`--out ${out}: expected a file that ends with .md or .json`, ExitCode.usage);
  if (options.reference !== undefined && options.writeReference !== undefined)
    throw new UserError('--reference and --write-reference exclude each other: give one of them', ExitCode.usage);
  const reference = options.reference === undefined ? undefined : givenReference(options.reference, networks);
  return { options, reference, networks: reference?.steps.map(({ network }) => network) ?? chooseNetworks(networks) };
}

/**
 * Executes every distinct op of the networks' training steps and three steps of each network on this machine's GPU (without
 * `--gpu`: its CPU), compares them with the CPU's reference, and prints a page. Exit code 1 if something differs or fails.
 * @throws UserError exit code 69 if TensorFlow cannot be loaded on the device, 73 or 74 if a file cannot be written.
 */
export async function checkOps({ options, networks, reference: given }: OpsPlan): Promise<void> {
  const { gpu, tolerance, out } = options;
  const reference = given ?? (await makeReference(networks, options.writeReference));
  if (options.writeReference !== undefined) {
    process.stdout.write(
      `${options.writeReference}: ${reference.ops.length} ops, ${reference.steps.length} networks\n`,
    );
    return;
  }
  const found = await measure(reference.ops, networks, gpu ? 'gpu' : 'cpu');
  const comparison = compareDevices(reference, found, tolerance);
  const facts = factsOf(reference, found);
  const page = comparisonPage(comparison, facts);
  const content = { facts: Object.fromEntries(facts), verdict: verdictOf(comparison), ...comparison };
  // JSON has no infinite number.
  const infinite = (_: string, value: unknown): unknown => (value === Infinity ? 'Infinity' : value);
  const json = `${JSON.stringify(content, infinite, 2)}\n`;
  if (out !== undefined) writeFileAtomic(out, extname(out) === '.json' ? json : page);
  process.stdout.write(options.json ? json : out === undefined ? page : `${verdictOf(comparison)}; see ${out}\n`);
  process.exitCode = comparison.ok ? ExitCode.ok : ExitCode.failed;
}
