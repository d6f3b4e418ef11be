import type { Counts } from '../../trend/types.ts';
import type { Command } from '../command.ts';

interface Options {
  paths: string[];
  out: string;
  published: boolean;
  level: string[];
  metric: 'top1' | 'top5' | undefined;
  counts: Counts | undefined;
  period: string | undefined;
  until: string | undefined;
  points: string[];
}

export const reportCommand: Command<Options> = {
  command: 'report [paths..]',
  describe: 'write an HTML report that works offline, with every chart as SVG, PNG and CSV',
  examples: [
    ['report runs/quickstart --out report', 'charts and one HTML page'],
    ['report results --published --out report', 'beside the published numbers'],
  ],
  builder: (cli) =>
    cli
      .positional('paths', {
        type: 'string',
        array: true,
        default: [],
        describe: 'measurement files, or folders of measurements or sweeps',
      })
      .option('out', { type: 'string', demandOption: true, describe: 'the folder to write to' })
      .option('published', {
        type: 'boolean',
        default: false,
        describe: 'add the published numbers of Hernandez & Brown 2020',
      })
      .option('level', {
        type: 'string',
        array: true,
        default: [],
        nargs: 1,
        describe: 'level to compare at: an accuracy (0.6 or 60%), or part of the name of a published level',
      })
      .option('metric', { choices: ['top1', 'top5'] as const, describe: 'accuracy metric of the levels' })
      .option('counts', {
        choices: ['exact', 'paper'] as const,
        describe: 'exact FLOPs, or 3 x forward MACs as in the paper',
      })
      .option('period', { type: 'string', describe: 'years for the effective compute, such as 2012..2018' })
      .option('until', {
        type: 'string',
        describe: 'with --published: add training logs of others up to this year or day, such as 2026',
      })
      .option('points', {
        type: 'string',
        array: true,
        default: [],
        nargs: 1,
        describe: 'CSV file of points: name, published, compute, unit, and optionally level and seed; may be repeated',
      }),
  handler: async ({ out, ...options }) => {
    const { reportLeftOut } = await import('../loaded.ts');
    const { writeFileAtomic } = await import('../../base/files.ts');
    const path = await import('node:path');
    const { readInput } = await import('../../report/read.ts');
    const { makeReport } = await import('../../report/report.ts');
    const input = readInput(options);
    const files = await makeReport(input);
    for (const file of files) writeFileAtomic(path.join(out, file.path), file.content);
    process.stdout.write(`${path.join(out, files[0]!.path)}\n`);
    reportLeftOut(input.trend.leftOut ?? []);
  },
};
