import type { CommandModule } from 'yargs';

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const fetchCommand: CommandModule<object, { name: string }> = {
  command: 'fetch <name>',
  describe: 'bring a public data set onto this machine, once',
  builder: (cli) =>
    cli.positional('name', {
      choices: ['cifar10'] as const,
      demandOption: true,
      describe: 'which',
    }),
  handler: async () => {
    const { cifar10File, fetchCifar10 } = await import('../../data/cifar10.ts');
    const fetched = await fetchCifar10(say);
    process.stdout.write(`${cifar10File()} ${fetched ? 'is ready' : 'is already there'}\n`);
  },
};

export const dataCommand: CommandModule<object, object> = {
  command: 'data <action>',
  describe: 'fetch, pack and check pictures',
  builder: (cli) => cli.command(fetchCommand).demandCommand(1, 'name what to do with the pictures'),
  handler: () => undefined,
};
