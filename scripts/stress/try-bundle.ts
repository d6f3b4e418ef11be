// Makes a bundle and tests it as on a machine without Node, without a network and with an empty HOME: unpack, doctor, a training run,
// a kill and a resume. CI does not run it, because it takes minutes to compress and unpack TensorFlow on two cores.
//   npx tsx scripts/stress/try-bundle.ts [--level 0] [--gpu-arch 90 [--libraries cudart]]
// Without --gpu-arch the bundle has no CUDA. With it, TensorFlow's CUDA build is unpacked and runs on the CPU if there is no GPU.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/base/home.ts';
import { findDifferences } from '../../src/results/compare.ts';
import { readProgress } from '../../src/results/progress.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { runPaths } from '../../src/results/run-folder.ts';

const { values } = parseArgs({
  options: {
    level: { type: 'string', default: '0' },
    'gpu-arch': { type: 'string' },
    libraries: { type: 'string', default: 'all' },
  },
});

/** The programs of the other machine. */
const TOOLS = 'sh env tar sha256sum xz dirname basename rmdir mkdir cat rm mv tail uname'.split(' ');
const work = mkdtempSync(join(tmpdir(), 'bundle-'));
const [out, bin, home, target] = ['out', 'bin', 'home', 'machine/doubletime'].map((name) => join(work, name)) as [
  ...[string, string, string, string],
];
const TRAIN = ['train', 'synthetic', '--set', 'recipe.epochs=4'];

/** A command in an empty environment, without a network if this user may create a namespace without one. */
const isolate = spawnSync('unshare', ['-rn', 'true']).status === 0 ? ['unshare', '-rn'] : [];
const isolated = (command: readonly string[]): [string, string[]] => {
  const [program = '', ...args] = [...isolate, 'env', '-i', `PATH=${bin}`, `HOME=${home}`, ...command];
  return [program, args];
};

function print(line: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
}
const began = performance.now();

function run(name: string, [program, args]: [string, string[]], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', cwd, maxBuffer: 1 << 28 });
  if (status !== 0)
    throw new Error(`${name} ended with ${status ?? 'a signal'}: ${stdout.slice(-500)} ${stderr.slice(-1500)}`);
  print(`${name}: ${(stdout.trim() || stderr.trim()).split('\n').at(-1) ?? ''}`);
  return stdout;
}

/** Starts the training run and kills it after a number of steps. */
async function killAfter(steps: number, folder: string): Promise<void> {
  const [program, args] = isolated([join(target, 'doubletime'), ...TRAIN, '--dir', folder]);
  const child = spawn(program, args, { cwd: home, stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => child.on('close', resolve));
  while ((readProgress(folder)?.step ?? 0) < steps) {
    if (child.exitCode !== null) throw new Error(`the run ended before step ${steps}`);
    await sleep(50);
  }
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
  print(`killed after step ${readProgress(folder)?.step ?? 0}`);
}

try {
  for (const folder of [bin, home, join(work, 'machine')]) mkdirSync(folder);
  for (const name of TOOLS)
    symlinkSync(spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim(), join(bin, name));
  const kind =
    values['gpu-arch'] === undefined ? ['--cpu'] : ['--gpu-arch', values['gpu-arch'], '--libraries', values.libraries];
  const bundle = [join(packageRoot, 'scripts/bundle/bundle.ts'), '--out', out, '--level', values.level, ...kind];
  run('bundle', [process.execPath, ['--import', import.meta.resolve('tsx'), ...bundle]], packageRoot);
  print(`${readdirSync(out).join(' ')}${isolate.length > 0 ? '; the network is off from here' : ''}`);
  run('unpack', isolated(['sh', join(out, 'unpack.sh'), target]), home);
  run('doctor', isolated([join(target, 'doubletime'), 'doctor']), home);
  run('train', isolated([join(target, 'doubletime'), ...TRAIN, '--dir', join(home, 'whole')]), home);
  const killed = join(home, 'killed');
  await killAfter(20, killed);
  run('resume', isolated([join(target, 'doubletime'), ...TRAIN, '--dir', killed]), home);
  const [a, b] = [join(home, 'whole'), killed].map((folder) => readMeasurement(runPaths(folder).measurement));
  const different = findDifferences(a, b).filter(({ timeOrPlace }) => !timeOrPlace);
  if (different.length > 0)
    throw new Error(`the resumed run differs in ${different.map(({ path }) => path).join(', ')}`);
  if (a!.environment.commit === null) throw new Error('the measurement does not name the commit');
  print(`the resumed run is the same as the uninterrupted one, of commit ${a!.environment.commit}`);
  run(
    'report',
    isolated([join(target, 'doubletime'), 'report', join(home, 'whole'), '--out', join(home, 'report')]),
    home,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
