// `npm start`: sets up the checkout, then trains the quickstart's networks. Passes its arguments on to `doubletime sweep`.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { hasNvidiaDriver } from './setup/checks.mjs';
import { setUp } from './setup/run.mjs';

await setUp();
const root = fileURLToPath(new URL('..', import.meta.url));
const cli = fileURLToPath(new URL('../src/cli/doubletime.mjs', import.meta.url));
process.chdir(root);
// The quickstart's networks are small, so runs in parallel use the cores of a CPU better than threads within a run.
const MAX_WORKERS = 4;
const userArguments = process.argv.slice(2);
const unlessGiven = (option, value) =>
  userArguments.some((text) => text === option || text.startsWith(`${option}=`)) ? [] : [option, value];
// The sweep runs in this process, so that Ctrl-C and other signals reach it directly.
process.argv = [
  ...[process.argv[0], cli, 'sweep', 'configs/sweeps/quickstart.yaml'],
  ...unlessGiven('--dir', 'runs/quickstart'),
  ...(hasNvidiaDriver() ? [] : unlessGiven('--workers', String(Math.min(MAX_WORKERS, availableParallelism())))),
  ...userArguments,
];
await import('../src/cli/doubletime.mjs');
