import type { NetworkEntry } from '../../../models/entry.ts';
import type { Command } from '../command.ts';
import { groupDigits } from '../../base/text/format.ts';

interface Row extends Omit<NetworkEntry, 'build'> {
  readonly parameters: number;
  /** For one image of the default size. */
  readonly forwardMacs: number;
}

async function countAll(): Promise<Row[]> {
  const { networks } = await import('../../../models/registry.ts');
  const { countForward } = await import('../../engine/count.ts');
  return networks.map(({ build, ...entry }) => {
    const { parameters, macs } = countForward({ forward: build(), input: entry.input });
    return { ...entry, parameters, forwardMacs: macs };
  });
}

function formatText(rows: readonly Row[]): string {
  const cells = rows.map(({ name, family, published, input, parameters, forwardMacs }) => [
    name,
    family,
    published,
    String(input),
    groupDigits(parameters),
    groupDigits(forwardMacs),
  ]);
  const all = [['network', 'family', 'published', 'input', 'parameters', 'forward MACs'], ...cells];
  const widths = all[0]!.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return all.map(line).join('\n');
}

export const modelsCommand: Command<{ json: boolean | undefined }> = {
  command: 'models',
  describe: 'list the networks with their dates, parameters and forward MACs',
  examples: [
    ['models', 'every network, one line each'],
    ['models --json', 'the same with papers, accuracies and options, as JSON'],
  ],
  needsSetUp: true,
  builder: (cli) => cli.option('json', { type: 'boolean', describe: 'print JSON' }),
  handler: async ({ json }) => {
    const rows = await countAll();
    process.stdout.write(`${json ? JSON.stringify(rows, null, 2) : formatText(rows)}\n`);
  },
};
