// The one gate: format, lint, types, arrows, unused code, tests; or only those that are named. Runs all, then says which failed.
import { spawnSync } from 'node:child_process';
import { setUp } from './setup/run.mjs';

const folders = ['src', 'models', 'scripts', 'test'];
const steps = {
  format: ['npx', 'prettier', '--check', '.'],
  lint: ['npx', 'eslint', '.', '--max-warnings', '0'],
  types: ['npm', 'run', '--silent', 'types'],
  arrows: ['npx', 'depcruise', '--config', '.dependency-cruiser.cjs', ...folders],
  unused: ['npx', 'knip'],
  tests: [process.execPath, 'scripts/test.mjs'],
};

const only = process.argv.slice(2);
const unknown = only.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`check: no step ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}`);
  process.exit(64);
}
await setUp();
const failed = Object.entries(steps)
  .filter(([name]) => only.length === 0 || only.includes(name))
  .filter(([, [command, ...args]]) => spawnSync(command, args, { stdio: 'inherit' }).status !== 0)
  .map(([name]) => name);
if (failed.length > 0) console.error(`check: failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
