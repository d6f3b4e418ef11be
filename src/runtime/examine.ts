import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { formatBytes } from '../base/text/format.ts';
import { moduleBeside, packageRoot, setUpCommand } from '../base/files/home.ts';
import { type Installation, readInstallation } from './installation.ts';
import { findGpuInUse } from './gpu/in-use.ts';
import { findGpuProblem } from './gpu/support.ts';
import { describeMachine, type Machine } from './machine.ts';
import type { Problem } from './problem.ts';
import { findVariableProblem } from './variables.ts';

const probeSchema = z.object({
  version: z.string(),
  device: z.enum(['cpu', 'gpu']),
  note: z.string().optional(),
  /** Whether one training step lowered the loss. */
  learned: z.boolean(),
  messages: z.array(z.string()),
});
type Probe = z.infer<typeof probeSchema>;

/** The result of `doubletime doctor`. */
export interface Examination {
  /** Whether training works on this machine. */
  readonly ok: boolean;
  readonly node: string;
  readonly machine: Machine;
  readonly tensorflow: { installed: Installation | null; loaded: Probe | null };
  /** The environment variables that are set and change how TensorFlow or doubletime works. */
  readonly environment: Record<string, string>;
  readonly disk: { folder: string; freeBytes: number };
  readonly problems: readonly Problem[];
}

/**
 * Checks everything that training needs, and executes one training step in a separate process.
 * @param gpu whether that step must run on a GPU.
 */
export function examine({ gpu }: { gpu: boolean }): Examination {
  const problems: Problem[] = [];
  const machine = describeMachine();
  const installed = readInstallation() ?? null;
  checkNode(problems);
  checkInstallation(installed, problems);
  const wrongVariable = findVariableProblem();
  if (wrongVariable !== undefined) problems.push(wrongVariable);
  const loaded = installed === null || wrongVariable !== undefined ? null : probe(problems);
  if (gpu && loaded?.device !== 'gpu') problems.push(gpuProblem(machine, installed, loaded));
  const { bavail, bsize } = statfsSync(packageRoot);
  const disk = { folder: packageRoot, freeBytes: bavail * bsize };
  if (disk.freeBytes < 1e9) {
    problems.push({
      what: `only ${formatBytes(disk.freeBytes)} are free on the disk of ${packageRoot}, expected at least 1 GB`,
      fix: 'free some space',
    });
  }
  return {
    ok: problems.length === 0,
    node: process.version,
    machine,
    tensorflow: { installed, loaded },
    environment: relevantVariables(),
    disk,
    problems,
  };
}

function checkNode(problems: Problem[]): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  problems.push({
    what: `Node ${process.version} is too old: 20.19 or later is needed`,
    fix: 'install Node 20, 22 or 24',
  });
}

function checkInstallation(installed: Installation | null, problems: Problem[]): void {
  if (installed === null) {
    problems.push({ what: 'TensorFlow is not set up', fix: setUpCommand });
  } else if (!existsSync(installed.folder)) {
    problems.push({ what: `TensorFlow is missing from ${installed.folder}`, fix: setUpCommand });
  }
}

/** Loads TensorFlow in a separate process, because a library for another machine may crash the process that loads it. */
function probe(problems: Problem[]): Probe | null {
  const script = fileURLToPath(moduleBeside('./probe.ts', import.meta.url));
  const compiler = script.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [];
  const { stdout, stderr, signal } = spawnSync(process.execPath, [...compiler, script], {
    encoding: 'utf8',
    timeout: 300_000,
    cwd: packageRoot,
  });
  const line = /^doubletime-probe (.*)$/m.exec(stdout)?.[1];
  if (line === undefined) {
    const reason = signal ?? /^.*(?:TensorFlow cannot be loaded|Error).*$/m.exec(stderr)?.[0] ?? '';
    problems.push({ what: `TensorFlow cannot be loaded: ${reason.trim() || 'no message'}`, fix: setUpCommand });
    return null;
  }
  const found = probeSchema.parse(JSON.parse(line));
  if (!found.learned) {
    problems.push({ what: 'a training step did not lower the loss', fix: setUpCommand });
  }
  return found;
}

function gpuProblem(machine: Machine, installed: Installation | null, loaded: Probe | null): Problem {
  if (machine.gpus.length === 0) {
    return { what: `no GPU: ${machine.noGpu ?? 'none found'}`, fix: "install NVIDIA's driver" };
  }
  if (installed?.kind === 'cpu') {
    return {
      what: 'TensorFlow was set up without CUDA',
      fix: `DOUBLETIME_TENSORFLOW=cuda ${setUpCommand}`,
    };
  }
  const found = findGpuInUse();
  const known = findGpuProblem('gpu' in found ? found.gpu : undefined, loaded?.messages ?? []);
  if (known) return known;
  return {
    what: 'TensorFlow did not run on the GPU',
    fix: 'see the messages in `npx doubletime doctor --json`; a newer NVIDIA driver may be needed',
  };
}

function relevantVariables(): Record<string, string> {
  const names = /^(TF_(NUM|DETERMINISTIC|CPP|FORCE|ENABLE|XLA|GPU)_|CUDA_|OMP_NUM_|DOUBLETIME_)/;
  const set = Object.entries(process.env).filter(([name]) => names.test(name));
  return Object.fromEntries(set.map(([name, value]) => [name, value ?? '']));
}
