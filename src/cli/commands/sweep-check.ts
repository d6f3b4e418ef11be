import type { CommandModule } from 'yargs';

/** Internal: `doubletime sweep` starts it to check a new plan before the first run. Users call `doubletime plan`. */
export const sweepCheckCommand: CommandModule<object, { file: string }> = {
  command: 'sweep-check <file>',
  describe: false,
  builder: (cli) => cli.positional('file', { type: 'string', demandOption: true }),
  handler: async ({ file }) => {
    const { loadTensorFlow } = await import('../../runtime/tensorflow.ts');
    loadTensorFlow({ device: 'cpu' });
    const { findConfig } = await import('../../config/shipped.ts');
    const { readSweep } = await import('../../sweep/planning/expand.ts');
    const { sizeCheckingCatalogue } = await import('../sweep-catalogue.ts');
    readSweep(findConfig(file, 'sweeps'), sizeCheckingCatalogue);
  },
};
