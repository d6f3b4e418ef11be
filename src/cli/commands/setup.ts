import type { CommandModule } from 'yargs';

export const setupCommand: CommandModule<object, { yes: boolean; cifar10: boolean }> = {
  command: 'setup',
  describe: 'download TensorFlow and CIFAR-10, and build what connects them to Node, once',
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
