import yargs from 'yargs';
import { addCommands, commandNames } from '../../src/cli/commands/index.ts';

/** Commands with subcommands. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  data: ['fetch', 'pack', 'info', 'list', 'check'],
  weights: ['import', 'export'],
};

const WIDTH = 100;

/** A command's help as a terminal of 100 columns shows it. */
export const renderHelp = async (...command: readonly string[]): Promise<string> =>
  addCommands(
    yargs([...command])
      .scriptName('doubletime')
      .locale('en')
      .version(false),
  )
    .wrap(WIDTH)
    .getHelp();

/** All commands that are not hidden, including subcommands. */
export const allCommands = (): string[][] =>
  commandNames.flatMap((name) => [[name], ...(groups[name] ?? []).map((subcommand) => [name, subcommand])]);

const HEAD = `# Command line

This page shows the help of every command. \`npm run docs\` generates it, and a test checks that it is current.

- Type \`npx doubletime\` for \`doubletime\`, in a checkout and in a folder with the installed package.
- A run or a sweep is given by the path of its file (with \`/\`, or ending with \`.yaml\` or \`.yml\`), or by the name of a shipped config:
  \`npx doubletime train cifar10-resnet18\`.
- \`--partSeed\` and \`--part-seed\` are the same option, and so for every option with several words.
- \`doubletime --version\` prints the version.
- [exit-codes.md](exit-codes.md) lists the exit codes.
`;

/** docs/cli.md: the help of every command. */
export async function cliPage(): Promise<string> {
  const sections = [];
  for (const command of allCommands()) {
    const help = await renderHelp(...command);
    const text = help
      .trim()
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n');
    sections.push(`\n## doubletime ${command.join(' ')}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  }
  return HEAD + sections.join('');
}
