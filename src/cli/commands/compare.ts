import { ExitCode } from '../../base/errors.ts';
import { formatCount } from '../../base/format.ts';
import { truncateText } from '../../base/painter.ts';
import type { Difference } from '../../results/compare.ts';
import type { Command } from '../command.ts';
import { pathArgument } from '../path-argument.ts';

interface Options {
  a: string;
  b: string;
  json: boolean;
}

const MAX_SHOWN = 60;

export const compareCommand: Command<Options> = {
  command: 'compare <a> <b>',
  describe: 'show the differences of two measurements; exit code 1 if the results differ',
  examples: [
    ['compare runs/a runs/b', 'two run folders'],
    ['compare a.json b.json --json', 'two measurements, for programs'],
  ],
  builder: (cli) =>
    cli
      .positional('a', {
        ...pathArgument,
        demandOption: true,
        describe: 'a measurement file or a run folder',
      })
      .positional('b', {
        ...pathArgument,
        demandOption: true,
        describe: 'the measurement or run folder to compare with',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async ({ a, b, json }) => {
    const { findDifferences } = await import('../../results/compare.ts');
    const differences = findDifferences(await read(a), await read(b));
    const equal = differences.every(({ timeOrPlace }) => timeOrPlace);
    process.stdout.write(
      json ? `${JSON.stringify({ equal, differences }, null, 1)}\n` : await formatDifferences(differences, equal),
    );
    process.exitCode = equal ? ExitCode.ok : ExitCode.failed;
  },
};

/** Reads the measurement of a file or a run folder. @throws UserError exit code 65 if it is damaged, 66 if it does not exist. */
async function read(path: string) {
  const { measurementFileAt, readMeasurement } = await import('../../results/read.ts');
  return readMeasurement(measurementFileAt(path));
}

/** Long enough for a sha256. Longer values, such as a whole evaluation, are cut to keep the table readable. */
const MAX_CELL_LENGTH = 70;

const cell = (value: unknown): string =>
  value === undefined ? '(missing)' : truncateText(JSON.stringify(value), MAX_CELL_LENGTH);

/** Differences of the result come first, then those of time and machine. A long list is cut, and the last line says so. */
async function formatDifferences(differences: readonly Difference[], equal: boolean): Promise<string> {
  const { formatTable } = await import('../../base/table.ts');
  const sorted = differences.toSorted((x, y) => Number(x.timeOrPlace) - Number(y.timeOrPlace));
  const rows = sorted
    .slice(0, MAX_SHOWN)
    .map((row) => [row.path, cell(row.a), cell(row.b), row.timeOrPlace ? 'time or machine' : 'RESULT']);
  const table =
    rows.length === 0 ? '' : formatTable([{ name: 'field' }, { name: 'A' }, { name: 'B' }, { name: 'kind' }], rows);
  const hidden = sorted.length - rows.length;
  const more = hidden > 0 ? `and ${formatCount(hidden, 'more field')} (--json shows all)\n` : '';
  const results = differences.filter(({ timeOrPlace }) => !timeOrPlace).length;
  const verdict = equal
    ? `the results are the same (differences in time and machine: ${differences.length})\n`
    : `the results differ (differences in the result: ${results})\n`;
  return `${table}${more}${verdict}`;
}
