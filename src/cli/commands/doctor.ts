import { ExitCode, UserError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format.ts';
import type { Examination } from '../../runtime/examine.ts';
import type { Command } from '../command.ts';
import { pathArgument } from '../path-argument.ts';

interface Options {
  json: boolean;
  gpu: boolean;
  ops: boolean;
  networks: string | undefined;
  reference: string | undefined;
  'write-reference': string | undefined;
  tolerance: number;
  out: string | undefined;
}

/** The options that have no effect without `--ops`. */
const opsOptions = ['networks', 'reference', 'write-reference', 'out'] as const;

export const doctorCommand: Command<Options> = {
  command: 'doctor',
  describe: 'check whether training works on this machine; exit code 1 if it does not',
  examples: [
    ['doctor', 'show what this machine has, and whether training works'],
    ['doctor --gpu --ops --out page.md', 'compare every op of every network on the GPU with the CPU'],
  ],
  needsSetUp: true,
  builder: (cli) =>
    cli
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
      .option('gpu', {
        type: 'boolean',
        default: false,
        describe: 'also require that a training step runs on a GPU',
      })
      .option('ops', {
        type: 'boolean',
        default: false,
        describe: "also execute every distinct op of the networks' steps, and compare it with the CPU on one thread",
      })
      .option('networks', {
        type: 'string',
        describe: 'with --ops: names of networks, separated by commas; default: all',
      })
      .option('reference', {
        ...pathArgument,
        describe: "with --ops: compare with the CPU's results in this file, which --write-reference wrote",
      })
      .option('write-reference', {
        ...pathArgument,
        describe: "with --ops: only write the CPU's results to this file",
      })
      .option('tolerance', {
        type: 'number',
        default: 1e-4,
        describe: 'with --ops: the largest relative difference that an op may have',
      })
      .option('out', { ...pathArgument, describe: 'with --ops: write the comparison to this file (.md or .json)' }),
  handler: async (options) => {
    const { json, gpu, ops } = options;
    const unused = opsOptions.find((name) => !ops && options[name] !== undefined);
    if (unused !== undefined) throw new UserError(`--${unused} has no effect without --ops: add --ops`, ExitCode.usage);
    const { examine } = await import('../../runtime/examine.ts');
    if (ops) {
      const { checkOps, planOps } = await import('../doctor-ops.ts');
      const { networks, reference, tolerance, out } = options;
      const writeReference = options['write-reference'];
      const plan = planOps({ gpu, json, networks, reference, writeReference, tolerance, out });
      const [problem] = examine({ gpu }).problems;
      if (problem !== undefined)
        throw new UserError(
          `the ops cannot be checked: ${problem.what}; how to fix it: ${problem.fix}`,
          ExitCode.unavailable,
        );
      await checkOps(plan);
      return;
    }
    const found = examine({ gpu });
    process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : formatExamination(found));
    process.exitCode = found.ok ? ExitCode.ok : ExitCode.failed;
  },
};

const memoryText = (bytes: number | null): string => (bytes === null ? 'memory unknown' : formatBytes(bytes));

/** One line per fact, then one line per problem. */
function formatExamination({ node, machine, tensorflow, environment, disk, problems }: Examination): string {
  const { installed, loaded } = tensorflow;
  const gpus = machine.gpus.map(
    ({ name, driver, memoryBytes }) => `${name}, driver ${driver}, ${memoryText(memoryBytes)}`,
  );
  const rows: [string, string][] = [
    ['Node', node],
    ['TensorFlow', installed ? `${installed.version} (${installed.kind}) from ${installed.folder}` : 'none'],
    ['Runs on', loaded ? loaded.device + (loaded.note ? ` (${loaded.note})` : '') : 'nothing'],
    ['CPU', `${machine.cpu}, ${machine.cpuFeatures.join(' ') || 'features unknown'}`],
    ['Threads', String(machine.threads)],
    ['Memory', memoryText(machine.memoryBytes)],
    ['GPU', gpus.join('; ') || `none: ${machine.noGpu ?? 'none found'}`],
    ['Disk', `${formatBytes(disk.freeBytes)} free in ${disk.folder}`],
    ...Object.entries(environment).map(([name, value]): [string, string] => [name, value]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  const problemLines = problems.map(({ what, fix }) => `problem: ${what}; how to fix it: ${fix}`);
  const verdict = problems.length === 0 ? ['Training works on this machine.'] : problemLines;
  return `${[...lines, '', ...verdict].join('\n')}\n`;
}
