import type { CommandModule } from 'yargs';
import { ExitCode, UserError } from '../../base/errors.ts';
import type { Counts, Trend } from '../../trend/types.ts';

interface Options {
  paths: string[];
  published: boolean;
  level: string[];
  metric: 'top1' | 'top5' | undefined;
  counts: Counts | undefined;
  period: string | undefined;
  json: boolean;
  markdown: boolean;
}

export const trendCommand: CommandModule<object, Options> = {
  command: 'trend [paths..]',
  describe: 'fit how fast the compute to a level falls, from measurements or published numbers',
  builder: (cli) =>
    cli
      .positional('paths', {
        type: 'string',
        array: true,
        default: [],
        describe: 'measurements, or folders of them',
      }) // prettier-ignore
      .option('published', {
        type: 'boolean',
        default: false,
        describe: 'add Hernandez & Brown 2020',
      }) // prettier-ignore
      .option('level', {
        type: 'string',
        array: true,
        default: [],
        nargs: 1,
        describe: 'accuracy (0.6, 60%) to read off the curves, part of a published name, or all',
      }) // prettier-ignore
      .option('metric', { choices: ['top1', 'top5'] as const, describe: 'what the levels are of' })
      .option('counts', {
        choices: ['exact', 'paper'] as const,
        describe: 'exact FLOPs, or 3 x forward MACs as in the paper',
      }) // prettier-ignore
      .option('period', { type: 'string', describe: 'years of effective compute: 2012..2018' })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
      .option('markdown', { type: 'boolean', default: false, describe: 'print Markdown tables' }),
  handler: async ({ paths, published, json, markdown, ...options }) => {
    const { parseLevels, parsePeriod } = await import('../../trend/options.ts');
    const { composeTrend } = await import('../../trend/trend.ts');
    const loaded = await loadAll(paths, published);
    const levels = parseLevels(options.level);
    const composed = composeTrend(loaded.measurements, {
      ...options,
      levels,
      published,
      period: parsePeriod(options.period),
    });
    const trend: Trend = { ...composed, leftOut: loaded.faults };
    await print(trend, json, markdown, levels === 'all');
    for (const { file, message } of loaded.faults)
      process.stderr.write(`doubletime: left out ${file}: ${message}\n`);
    if (loaded.faults.length > 0) process.exitCode = ExitCode.data;
  },
};

async function print(trend: Trend, json: boolean, markdown: boolean, asGrid: boolean) {
  if (json) {
    process.stdout.write(`${JSON.stringify(trend, null, 1)}\n`);
    return;
  }
  const { trendText } = await import('../../trend/text.ts');
  process.stdout.write(trendText(trend, markdown ? 'markdown' : 'text', asGrid));
}

/** Without paths and published numbers, those in `results`. @throws UserError exit code 66 where there are none. */
async function loadAll(paths: readonly string[], published: boolean) {
  if (paths.length === 0 && published) return { measurements: [], faults: [] };
  const { loadMeasurements } = await import('../../results/store.ts');
  const where = paths.length > 0 ? paths : ['results'];
  const { stored, faults } = loadMeasurements(where);
  if (stored.length === 0 && faults.length === 0)
    throw new UserError(
      `no measurements in ${where.join(', ')}: name files or folders that hold some, or use --published`,
      ExitCode.noInput,
    );
  return { measurements: stored.map(({ measurement }) => measurement), faults };
}
