import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDisk } from './checks.mjs';
import { lastLine, runCommand } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { logName, setUpCommand } from './place.mjs';
import { haveSizes, writeSizes } from './sizes.mjs';

const cli = fileURLToPath(new URL('../../src/cli/doubletime.mjs', import.meta.url));

const PACK = 'cifar10.pack';

/** Downloads CIFAR-10 with `doubletime data fetch`, which replaces a damaged pack. The pack gets its final name when it is complete. */
export const images = {
  name: 'CIFAR-10',
  describe: () => 'CIFAR-10 (139 MB)',
  isDone: ({ home }) => existsSync(join(home, 'data', PACK)) && haveSizes(join(home, 'data')),
  async run({ root, home, logFile }) {
    checkDisk(home, 0.7, 'CIFAR-10');
    const args = [cli, 'data', 'fetch', 'cifar10'];
    const { status, output } = await runCommand(process.execPath, args, { cwd: root, logFile });
    if (status === 0) {
      writeSizes(join(home, 'data'), [PACK]);
      return;
    }
    throw new SetupFailure(
      lastLine(output, /^doubletime: /).replace('doubletime: ', '') || lastLine(output),
      `then run \`${setUpCommand}\` again; see ${logName()}`,
    );
  },
};
