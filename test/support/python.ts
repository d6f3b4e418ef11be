import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

/** Where scripts/ci-packages.sh puts the packages of python-readers.txt. */
const readers = resolve(import.meta.dirname, '../../.doubletime/readers');

const run = (args: readonly string[]) =>
  spawnSync(process.env['DOUBLETIME_PYTHON'] ?? 'python3', args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PYTHONPATH: readers, PYTHONDONTWRITEBYTECODE: '1' },
  });

/** The reason that Python cannot import these modules; undefined if it can. */
export function whyNoPython(...modules: readonly string[]): string | undefined {
  const { status, stderr, error } = run(['-c', `import ${modules.join(', ')}`]);
  if (status === 0) return undefined;
  const why = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  return `${why}: bash scripts/ci-packages.sh installs it`;
}

/** Runs a Python script of this folder and parses its output as JSON. */
export function runPython(script: string, ...args: readonly string[]): unknown {
  const { status, stdout, stderr } = run([join(import.meta.dirname, script), ...args]);
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
  return JSON.parse(stdout);
}
