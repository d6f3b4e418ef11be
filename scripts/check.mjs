// `npm run check [-- STEP...]`: runs all checks or the given ones (format, lint, types, arrows, unused, tests), then prints which failed.
import { spawnSync } from 'node:child_process';
import { setUp } from './setup/run.mjs';

const steps = {
  format: ['npx', 'prettier', '--check', '.'],
  lint: ['npm', 'run', 'lint'],
  types: ['npm', 'run', 'types'],
  arrows: ['npm', 'run', 'arrows'],
  unused: ['npm', 'run', 'unused'],
  tests: [process.execPath, 'scripts/test.mjs'],
};

const only = process.argv.slice(2);
const unknown = only.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`check: unknown step ${unknown.join(', ')}, expected some of ${Object.keys(steps).join(', ')}`);
  process.exit(64);
}
await setUp();
const failed = Object.entries(steps)
  .filter(([name]) => only.length === 0 || only.includes(name))
  .filter(([, [command, ...args]]) => spawnSync(command, args, { stdio: 'inherit' }).status !== 0)
  .map(([name]) => name);
if (failed.length > 0) console.error(`check: failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
