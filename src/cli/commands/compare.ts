import { ExitCode } from '../../base/errors.ts';
import { truncateText } from '../../base/painter.ts';
import type { Difference } from '../../results/compare.ts';
import type { Command } from '../command.ts';

interface Options {
  a: string;
  b: string;
  json: boolean;
}

const MAX_SHOWN = 60;

export const compareCommand: Command<Options> = {
  command: 'compare <a> <b>',
  describe: 'show where two measurements differ; exit 1 if in more than time, place and wasted work',
  examples: [
    ['compare runs/a runs/b', 'two run folders'],
    ['compare a.json b.json --json', 'two measurements, for programs'],
  ],
  builder: (cli) =>
    cli
      .positional('a', {
        type: 'string',
        demandOption: true,
        describe: 'a measurement, or a run folder',
      })
      .positional('b', { type: 'string', demandOption: true, describe: 'another' })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async ({ a, b, json }) => {
    const { differencesOf } = await import('../../results/compare.ts');
    const differences = differencesOf(await read(a), await read(b));
    const equal = differences.every(({ timeOrPlace }) => timeOrPlace);
    process.stdout.write(
      json ? `${JSON.stringify({ equal, differences }, null, 1)}\n` : await describe(differences, equal),
    );
    process.exitCode = equal ? ExitCode.ok : ExitCode.failed;
  },
};

/** @throws UserError exit code 65 for a damaged measurement, 66 where there is none. */
async function read(path: string) {
  const { measurementFileAt, readMeasurement } = await import('../../results/read.ts');
  return readMeasurement(measurementFileAt(path));
}

/** Room for a sha256; an evaluation that only one of them has would make every line as long as itself. */
const MAX_CELL_LENGTH = 70;

const cell = (value: unknown): string =>
  value === undefined ? '(missing)' : truncateText(JSON.stringify(value), MAX_CELL_LENGTH);

/** What differs in the result first, then time and place; long lists are cut, and it says so. */
async function describe(differences: readonly Difference[], equal: boolean): Promise<string> {
  const { formatTable } = await import('../../base/table.ts');
  const sorted = differences.toSorted((x, y) => Number(x.timeOrPlace) - Number(y.timeOrPlace));
  const rows = sorted
    .slice(0, MAX_SHOWN)
    .map((row) => [row.path, cell(row.a), cell(row.b), row.timeOrPlace ? 'time or place' : 'RESULT']);
  const table =
    rows.length === 0 ? '' : formatTable([{ name: 'field' }, { name: 'A' }, { name: 'B' }, { name: 'kind' }], rows);
  const cut = sorted.length - rows.length;
  const more = cut > 0 ? `and ${cut} more fields (--json shows all)\n` : '';
  const results = differences.filter(({ timeOrPlace }) => !timeOrPlace).length;
  const verdict = equal
    ? `the same result (${differences.length} fields of time and place differ)\n`
    : `${results} fields of the result differ\n`;
  return `${table}${more}${verdict}`;
}
