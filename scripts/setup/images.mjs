import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDisk } from './checks.mjs';
import { lastLine, runCommand } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { logName, setUpCommand } from './place.mjs';

const cli = fileURLToPath(new URL('../../src/cli/doubletime.mjs', import.meta.url));

/** CIFAR-10, by the command that anybody may call; the pack gets its name when it is whole. */
export const images = {
  name: 'CIFAR-10',
  describe: () => 'CIFAR-10 (139 MB)',
  isDone: ({ home }) => existsSync(join(home, 'data', 'cifar10.pack')),
  async run({ root, home, logFile }) {
    checkDisk(home, 0.7, 'CIFAR-10');
    const args = [cli, 'data', 'fetch', 'cifar10'];
    const { status, output } = await runCommand(process.execPath, args, { cwd: root, logFile });
    if (status === 0) return;
    throw new SetupFailure(
      lastLine(output, /^doubletime: /).replace('doubletime: ', '') || lastLine(output),
      `then run \`${setUpCommand}\` again; see ${logName()}`,
    );
  },
};
