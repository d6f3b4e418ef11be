import type { Command } from '../command.ts';

export const setupCommand: Command<{ yes: boolean; cifar10: boolean }> = {
  command: 'setup',
  describe: 'download TensorFlow and CIFAR-10, and build the native addon for Node; needed once',
  examples: [
    ['setup', 'ask, then download and build what is missing'],
    ['setup --yes --no-cifar10', 'do not ask, and skip CIFAR-10'],
  ],
  builder: (cli) =>
    cli
      .option('yes', { type: 'boolean', default: false, describe: 'do not ask before downloading' })
      .option('cifar10', {
        type: 'boolean',
        default: true,
        describe: 'download CIFAR-10; --no-cifar10 skips it',
      }),
  handler: async ({ yes, cifar10 }) => {
    const { setUp } = await import('../set-up.ts');
    const { homeFolder } = await import('../../base/files/home.ts');
    await setUp({ cifar10 }, yes);
    process.stdout.write(`set-up is complete in ${homeFolder()}\n`);
  },
};
