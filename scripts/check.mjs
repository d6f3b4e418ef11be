// The one gate: format, lint, types, arrows, unused code, tests. Stops at the first that fails.
import { spawnSync } from 'node:child_process';

const steps = [
  ['format', 'npx', ['prettier', '--check', '.']],
  ['lint', 'npx', ['eslint', '.', '--max-warnings', '0']],
  ['types', 'npx', ['tsc', '--noEmit']],
  [
    'arrows',
    'npx',
    ['depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'models', 'scripts', 'test'],
  ],
  ['unused', 'npx', ['knip']],
  ['tests', 'npx', ['vitest', 'run']],
];
const only = process.argv.slice(2);
for (const [name, command, args] of steps) {
  if (only.length > 0 && !only.includes(name)) continue;
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`check: ${name} failed`);
    process.exit(1);
  }
}
