// `npm run build` (also started by `npm pack`): compiles src/ and models/ to dist/ as JavaScript with types and source maps.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
const git = (...args) => spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' });
const head = git('rev-parse', 'HEAD');
if (head.status === 0) {
  const changed = git('status', '--porcelain', '--untracked-files=no').stdout !== '';
  writeFileSync(join(root, 'dist', 'commit'), `${head.stdout.trim()}${changed ? '-dirty' : ''}\n`);
}
cpSync(join(root, STYLE), join(root, 'dist', STYLE));
