// `npm start`: sets the checkout up, then measures the quickstart's networks. Arguments are passed on to `doubletime sweep`.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { hasNvidiaDriver } from './setup/checks.mjs';
import { setUp } from './setup/run.mjs';

await setUp();
const root = fileURLToPath(new URL('..', import.meta.url));
const cli = fileURLToPath(new URL('../src/cli/doubletime.mjs', import.meta.url));
process.chdir(root);
// The quickstart's networks are small: on a CPU, runs side by side use its cores better than threads within a run.
const MAX_AT_ONCE = 4;
const given = process.argv.slice(2);
const unlessGiven = (option, value) =>
  given.some((text) => text === option || text.startsWith(`${option}=`)) ? [] : [option, value];
// In this very process, so that Ctrl-C and other signals reach the sweep and nobody has to pass them on.
process.argv = [
  ...[process.argv[0], cli, 'sweep', 'configs/sweeps/quickstart.yaml'],
  ...unlessGiven('--dir', 'runs/quickstart'),
  ...(hasNvidiaDriver() ? [] : unlessGiven('--workers', String(Math.min(MAX_AT_ONCE, availableParallelism())))),
  ...given,
];
await import('../src/cli/doubletime.mjs');
