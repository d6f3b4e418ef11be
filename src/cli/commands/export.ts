import { existsSync, realpathSync } from 'node:fs';
import { ExitCode, UserError } from '../../base/errors.ts';
import type { StoredMeasurement } from '../../results/store.ts';
import type { Command } from '../command.ts';
import { printMessage } from '../output.ts';
import { pathArgument } from '../options/path-argument.ts';
import { checkTableOptions, FORMATS, TABLES, type TableOptions } from '../options/table-options.ts';
import { levelsOption, measurementPaths, publishedOption } from '../options/trend-options.ts';

interface Options extends TableOptions {
  paths: string[];
  out: string | undefined;
}

export const exportCommand: Command<Options> = {
  command: 'export [paths..]',
  describe: 'write measurements as a flat table, or as rows for the public tracker',
  examples: [
    ['export results --format csv --out measurements.csv', 'one row per measurement'],
    ['export results --format parquet --table curves --out curves.parquet', 'one row per evaluation'],
  ],
  builder: (cli) =>
    levelsOption(
      publishedOption(measurementPaths(cli), ' to points and tracker rows'),
      'level of points and tracker rows, such as 0.6 or 60%; may be repeated',
    )
      .option('format', { choices: FORMATS, demandOption: true, describe: 'file format' })
      .option('table', {
        choices: TABLES,
        describe: 'one row per measurement, per evaluation, or per network and level; default: measurements',
      })
      .option('out', { ...pathArgument, describe: 'file to write; default: the standard output' })
      .option('counts', {
        choices: ['exact', 'paper'] as const,
        describe:
          'compute of points: exact FLOPs, or 3 x forward MACs as in the paper; default: paper; the tracker uses paper',
      }),
  handler: async (options) => {
    const { outputFile } = await import('../../base/files/output-file.ts');
    const { loadForTrend, reportLeftOut } = await import('../loaded.ts');
    const { distinctRuns } = await import('../../trend/networks.ts');
    const { format, out } = options;
    checkTableOptions(options);
    if (out !== undefined) outputFile(out, 'leave --out out to print');
    const loaded = loadForTrend(options.paths, options.published);
    reportLeftOut(loaded.unreadable);
    refuseInput(out, loaded.stored);
    const runs = new Set(distinctRuns(loaded.stored.map(({ measurement }) => measurement)));
    const stored = loaded.stored.filter(({ measurement }) => runs.has(measurement));
    const table = await createTable(stored, options);
    const { toJson, toParquet } = await import('../../trend/export/formats.ts');
    const { toCsv } = await import('../../base/text/csv.ts');
    const bytes =
      format === 'parquet'
        ? await toParquet(table)
        : format === 'json'
          ? toJson(table)
          : toCsv(table.names, table.rows);
    await write(out, bytes);
  },
};

/** @throws UserError exit code 64 if the output would replace a measurement that was read. */
function refuseInput(out: string | undefined, stored: readonly StoredMeasurement[]): void {
  if (out === undefined || !existsSync(out)) return;
  const path = realpathSync(out);
  if (stored.every(({ file }) => realpathSync(file) !== path)) return;
  throw new UserError(`--out ${out} is one of the measurements to export: choose another file`, ExitCode.usage);
}

async function createTable(stored: readonly StoredMeasurement[], { format, table, published, level, counts }: Options) {
  const tables = await import('../../trend/export/tables.ts');
  if (format !== 'tracker' && (table ?? 'measurements') === 'measurements') return tables.measurementTable(stored);
  if (format !== 'tracker' && table === 'curves') return tables.curveTable(stored);
  const { composeTrend } = await import('../../trend/trend.ts');
  const { parseLevels } = await import('../../trend/options.ts');
  const { levels } = composeTrend(
    stored.map(({ measurement }) => measurement),
    { levels: parseLevels(level), published, counts: format === 'tracker' ? 'paper' : counts },
  );
  if (format !== 'tracker') return tables.pointTable(levels);
  const { trackerTable } = await import('../../trend/export/tracker.ts');
  const { ruleProblems } = await import('../../results/validate/rules.ts');
  const notAllowed = new Map(
    stored.flatMap(({ measurement }) =>
      ruleProblems(measurement).map(({ message }) => [measurement.data.name, message] as const),
    ),
  );
  for (const [name, message] of notAllowed)
    printMessage(`doubletime: rows on ${name} are not allowed in the tracker: ${message}`);
  const { findNetwork, isNetworkName } = await import('../../../models/registry.ts');
  const paperLink = (network: string): string | undefined => {
    const arxiv = isNetworkName(network) ? findNetwork(network).paper.arxiv : null;
    return arxiv === null ? undefined : `https://arxiv.org/abs/${arxiv}`;
  };
  return trackerTable(levels, (name) => !notAllowed.has(name), paperLink);
}

async function write(out: string | undefined, bytes: Uint8Array | string): Promise<void> {
  if (out !== undefined) {
    const { writeFileAtomic } = await import('../../base/files/files.ts');
    writeFileAtomic(out, bytes);
    return;
  }
  if (typeof bytes !== 'string' && process.stdout.isTTY)
    throw new UserError(
      '--format parquet cannot be printed on a terminal: add --out FILE or redirect the output',
      ExitCode.usage,
    );
  const { printData } = await import('../output.ts');
  printData(bytes);
}
