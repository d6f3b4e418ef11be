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
  describe: 'print what was found on this machine; exit 1 when training could not work',
  examples: [
    ['doctor', 'what was found here, and whether training can work'],
    ['doctor --gpu', 'fail unless a training step ran on a GPU'],
  ],
  needsSetUp: true,
  builder: (cli) =>
    cli.option('json', { type: 'boolean', default: false, describe: 'print JSON' }).option('gpu', {
      type: 'boolean',
      default: false,
      describe: 'exit 1 unless a training step ran on a GPU',
    }),
  handler: async ({ json, gpu }) => {
    const { examine } = await import('../../runtime/examine.ts');
    const found = examine({ gpu });
    process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : describe(found));
    process.exitCode = found.ok ? ExitCode.ok : ExitCode.failed;
  },
};

const memoryText = (bytes: number | null): string => (bytes === null ? 'memory unknown' : formatBytes(bytes));

/** The examination as a person reads it: a line each, then what is wrong. */
function describe({ node, machine, tensorflow, environment, disk, problems }: Examination): string {
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
  const wrong = problems.map(({ what, mend }) => `problem: ${what}; mend: ${mend}`);
  const verdict = problems.length === 0 ? ['Training can work here.'] : wrong;
  return `${[...lines, '', ...verdict].join('\n')}\n`;
}
