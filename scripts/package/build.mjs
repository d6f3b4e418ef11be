// `npm run build` (also started by `npm pack`): compiles src/ and models/ to dist/ as JavaScript with types and source maps.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const STYLE = 'src/report/html/style.css';

rmSync(join(root, 'dist'), { recursive: true, force: true });
for (const name of ['tsconfig.json', 'tsconfig.browser.json']) {
  const project = join(root, 'scripts', 'package', name);
  // stderr, because the standard output of `npm pack --json` must contain only JSON.
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
const { repositoryCommit } = await import(pathToFileURL(join(root, 'dist', 'src', 'base', 'system', 'git.js')).href);
const commit = repositoryCommit(root);
if (commit !== null) writeFileSync(join(root, 'dist', 'commit'), `${commit}\n`);
cpSync(join(root, STYLE), join(root, 'dist', STYLE));
