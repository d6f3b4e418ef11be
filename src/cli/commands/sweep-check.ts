import type { Command } from '../command.ts';
import { pathArgument } from '../path-argument.ts';

/** `doubletime sweep` starts this command before the first run of a new plan. Users call `doubletime plan`. */
export const sweepCheckCommand: Command<{ file: string }> = {
  command: 'sweep-check <file>',
  describe: false,
  builder: (cli) => cli.positional('file', { ...pathArgument, demandOption: true }),
  handler: async ({ file }) => {
    const { loadTensorFlow } = await import('../../runtime/tensorflow.ts');
    loadTensorFlow({ device: 'cpu' });
    const { findConfig } = await import('../../config/shipped.ts');
    const { readSweep } = await import('../../sweep/planning/expand.ts');
    const { sizeCheckingCatalogue } = await import('../sweep-catalogue.ts');
    readSweep(findConfig(file, 'sweeps'), sizeCheckingCatalogue);
  },
};
