import yargs from 'yargs';
import { addCommands, commandNames } from '../../src/cli/commands/index.ts';

/** Commands that have others below them. */
export const groups: Readonly<Record<string, readonly string[]>> = {
  data: ['fetch', 'pack', 'info', 'list', 'check'],
  weights: ['import', 'export'],
};

const WIDTH = 100;

/** A command's help as a terminal of 100 columns shows it. */
export const helpOf = async (...command: readonly string[]): Promise<string> =>
  addCommands(
    yargs([...command])
      .scriptName('doubletime')
      .locale('en')
      .version(false),
  )
    .wrap(WIDTH)
    .getHelp();

/** Every command that a person can type, those below others too. */
export const allCommands = (): string[][] =>
  commandNames.flatMap((name) => [[name], ...(groups[name] ?? []).map((below) => [name, below])]);

const HEAD = `# Command line

Written by \`npm run docs\` from the commands themselves; a test keeps it current. A name without \`/\` and without \`.yaml\` where a
run or a sweep is expected is a shipped config: \`doubletime train cifar10-resnet18\`. The exit codes are in
[exit-codes.md](exit-codes.md).
`;

/** docs/cli.md: the help of every command. */
export async function cliPage(): Promise<string> {
  const sections = [];
  for (const command of allCommands()) {
    const help = await helpOf(...command);
    const text = help
      .trim()
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n');
    sections.push(`\n## doubletime ${command.join(' ')}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  }
  return HEAD + sections.join('');
}
