import type { Command } from '../command.ts';
import { pathArgument } from '../options/path-argument.ts';
import { measurementPaths, type TrendArguments, trendOptions } from '../options/trend-options.ts';

interface Options extends TrendArguments {
  out: string;
}

export const reportCommand: Command<Options> = {
  command: 'report [paths..]',
  describe: 'write an HTML report that works offline, with every chart as SVG, PNG and CSV',
  examples: [
    ['report runs/quickstart --out report', 'charts and one HTML page'],
    ['report results --published --out report', 'with the published numbers'],
  ],
  builder: (cli) =>
    trendOptions(
      measurementPaths(cli, 'folders of measurements or sweeps').option('out', {
        ...pathArgument,
        demandOption: true,
        describe: 'the folder to write to',
      }),
      'or part of the name of a published level',
    ),
  handler: async ({ out, ...options }) => {
    const { reportLeftOut } = await import('../loaded.ts');
    const { writeFileAtomic } = await import('../../base/files/files.ts');
    const { outputFile } = await import('../../base/files/output-file.ts');
    const path = await import('node:path');
    const { readInput } = await import('../../report/read.ts');
    const { makeReport } = await import('../../report/report.ts');
    const input = readInput(options);
    const files = await makeReport(input);
    for (const file of files) outputFile(path.join(out, file.path));
    for (const file of files) writeFileAtomic(path.join(out, file.path), file.content);
    process.stdout.write(`${path.join(out, files[0]!.path)}\n`);
    reportLeftOut(input.trend.leftOut ?? []);
  },
};
