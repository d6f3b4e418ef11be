import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDisk } from './checks.mjs';
import { lastLine, runCommand } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { logName, setUpCommand } from './place.mjs';

const cli = fileURLToPath(new URL('../../src/cli/doubletime.mjs', import.meta.url));

/** Downloads CIFAR-10 with `doubletime data fetch`. The pack gets its final name when it is complete. */
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
