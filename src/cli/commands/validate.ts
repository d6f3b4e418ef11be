import { ExitCode } from '../../base/errors.ts';
import { formatCount } from '../../base/text/format.ts';
import { printable } from '../../base/text/printable.ts';
import type { Validation } from '../../results/validate/file.ts';
import type { Command } from '../command.ts';
import { pathsArgument } from '../options/path-argument.ts';

interface Options {
  files: string[];
  tracker: boolean;
  json: boolean | undefined;
  markdown: boolean | undefined;
}

export const validateCommand: Command<Options> = {
  command: 'validate <files..>',
  describe: 'check measurements or tracker entries; exit code 65 if one is invalid',
  examples: [
    ['validate results', 'check all measurements in a folder'],
    ['validate entries.csv --tracker', 'check rows for the public tracker'],
  ],
  builder: (cli) =>
    cli
      .positional('files', {
        ...pathsArgument,
        demandOption: true,
        describe: 'measurement files, folders of them, or CSV files in the format of the public tracker',
      })
      .option('tracker', {
        type: 'boolean',
        default: false,
        describe: 'also check measurements against the rules of the public tracker',
      })
      .option('json', { type: 'boolean', describe: 'print JSON' })
      .option('markdown', { type: 'boolean', conflicts: 'json', describe: 'print Markdown tables' }),
  handler: async ({ files, tracker, json, markdown }) => {
    const { validateFile } = await import('../../results/validate/file.ts');
    const { filesToValidate } = await import('../../results/store.ts');
    const validations = filesToValidate(files).map((file) => validateFile(file, tracker));
    const areValid = validations.every(isValid);
    process.stdout.write(
      json
        ? `${JSON.stringify({ sound: areValid, files: validations }, null, 1)}\n`
        : await formatFindings(validations, markdown === true),
    );
    process.exitCode = areValid ? ExitCode.ok : ExitCode.data;
  },
};

const isValid = ({ findings }: Validation): boolean => findings.every(({ kind }) => kind === 'note');

/** A table of errors for each file, and one line if a valid measurement is not allowed in the tracker. */
async function formatFindings(validations: readonly Validation[], markdown: boolean): Promise<string> {
  const { formatTable } = await import('../../base/text/table.ts');
  const texts = validations.map(({ file, what, findings }) => {
    const errors = findings.filter(({ kind }) => kind === 'error');
    const notes = findings.filter(({ kind }) => kind === 'note');
    const kind = what === 'tracker' ? 'list of tracker rows' : 'measurement';
    const verdict = errors.length === 0 ? `a valid ${kind}` : `${formatCount(errors.length, 'error')} in this ${kind}`;
    const table =
      errors.length === 0
        ? ''
        : formatTable(
            [{ name: 'line', align: 'right' }, { name: 'place' }, { name: 'finding' }],
            errors.map(({ line, place, message }) => [line, place === '' ? '(file)' : place, message]),
            markdown ? 'markdown' : 'text',
          );
    const trackerLine =
      notes.length === 0
        ? ''
        : `not allowed in the public tracker: ${printable(notes.map(({ place, message }) => `${place}: ${message}`).join('; '))}\n`;
    return `${printable(file)}: ${verdict}\n${markdown && table !== '' ? '\n' : ''}${table}${trackerLine}`;
  });
  return texts.join('\n');
}
