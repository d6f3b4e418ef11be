// `npm start`: sets the checkout up, then measures the quickstart's networks. Arguments are passed on to `doubletime sweep`.
import { fileURLToPath } from 'node:url';
import { setUp } from './setup/run.mjs';

await setUp();
const root = fileURLToPath(new URL('..', import.meta.url));
const cli = fileURLToPath(new URL('../src/cli/doubletime.mjs', import.meta.url));
process.chdir(root);
// In this very process, so that Ctrl-C and other signals reach the sweep and nobody has to pass them on.
process.argv = [
  ...[process.argv[0], cli, 'sweep', 'configs/sweeps/quickstart.yaml', '--dir', 'runs/quickstart'],
  ...process.argv.slice(2),
];
await import('../src/cli/doubletime.mjs');
