import { ExitCode } from '../../base/errors.ts';
import { formatBytes } from '../../base/format.ts';
import type { Examination } from '../../runtime/examine.ts';
import type { Command } from '../command.ts';

interface Options {
  json: boolean;
  gpu: boolean;
}

export const doctorCommand: Command<Options> = {
  command: 'doctor',
  describe: 'check whether training works on this machine; exit code 1 if it does not',
  examples: [
    ['doctor', 'what was found here, and whether training can work'],
    ['doctor --gpu', 'fail unless a training step ran on a GPU'],
  ],
  needsSetUp: true,
  builder: (cli) =>
    cli.option('json', { type: 'boolean', default: false, describe: 'print JSON' }).option('gpu', {
      type: 'boolean',
      default: false,
      describe: 'also require that a training step runs on a GPU',
    }),
  handler: async ({ json, gpu }) => {
    const { examine } = await import('../../runtime/examine.ts');
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
