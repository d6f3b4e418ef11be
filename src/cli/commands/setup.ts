import type { Command } from '../command.ts';

export const setupCommand: Command<{ yes: boolean; cifar10: boolean }> = {
  command: 'setup',
  describe: 'download TensorFlow and CIFAR-10, and build what connects them to Node, once',
  examples: [
    ['setup', 'ask, then download and build what is missing'],
    ['setup --yes --no-cifar10', 'do not ask, and leave the dataset out'],
  ],
  builder: (cli) =>
    cli.option('yes', { type: 'boolean', default: false, describe: 'do not ask first' }).option('cifar10', {
      type: 'boolean',
      default: true,
      describe: '--no-cifar10 leaves CIFAR-10 out',
    }),
  handler: async ({ yes, cifar10 }) => {
    const { setUp } = await import('../set-up.ts');
    const { homeFolder } = await import('../../base/home.ts');
    await setUp({ cifar10 }, yes);
    process.stdout.write(`everything is in place in ${homeFolder()}\n`);
  },
};
