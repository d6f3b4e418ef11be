// Makes a bundle and tests it as on a machine without Node, without a network and with an empty HOME: a missing and a damaged chunk,
// unpack, doctor, a training run, a kill and a resume. CI does not run it, because it takes minutes to compress and unpack TensorFlow
// on two cores.
//   npx tsx scripts/stress/try-bundle.ts [--level 0] [--gpu-arch 90 [--libraries cudart]]
// Without --gpu-arch the bundle has no CUDA. With it, TensorFlow's CUDA build is unpacked and runs on the CPU if there is no GPU.
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { formatBytes } from '../../src/base/text/format.ts';
import { packageRoot } from '../../src/base/files/home.ts';
import { readMeasurement } from '../../src/results/read.ts';
import { runPaths } from '../../src/results/run-folder.ts';
import { compareMeasurements, killAfter } from './interrupted-run.ts';
import { readOptions } from '../run-script.ts';

const { values } = readOptions('try-bundle', {
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

/** Expects that unpacking fails with this exit code and one line, and leaves no files. */
function expectRefusal(name: string, status: number, message: RegExp): void {
  const [program, args] = isolated(['sh', join(out, 'unpack.sh'), target]);
  const found = spawnSync(program, args, { encoding: 'utf8', cwd: home });
  const lines = found.stderr.trim().split('\n');
  if (
    found.status !== status ||
    lines.length !== 1 ||
    !message.test(lines[0]!) ||
    readdirSync(dirname(target)).length > 0
  )
    throw new Error(
      `${name}: expected exit code ${status} and one line with ${message}, got ${found.status}: ${found.stderr}`,
    );
  print(`${name}: ${lines[0]!}`);
}

/** Tries to unpack without one chunk, and with a changed byte in one chunk. */
function tryBadChunks(): void {
  const chunk = join(
    out,
    readdirSync(out).find((name) => name.endsWith('.xz'))!,
  );
  const aside = `${chunk}.aside`;
  renameSync(chunk, aside);
  expectRefusal('missing chunk', 66, new RegExp(`missing from .*${basename(chunk)}`));
  const bytes = readFileSync(aside);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(chunk, bytes);
  expectRefusal('damaged chunk', 65, new RegExp(`damaged in .*${basename(chunk)}`));
  renameSync(aside, chunk);
}

try {
  for (const folder of [bin, home, join(work, 'machine')]) mkdirSync(folder);
  for (const name of TOOLS)
    symlinkSync(spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim(), join(bin, name));
  const kind =
    values['gpu-arch'] === undefined ? ['--cpu'] : ['--gpu-arch', values['gpu-arch'], '--libraries', values.libraries];
  const bundle = [join(packageRoot, 'scripts/bundle/bundle.ts'), '--out', out, '--level', values.level, ...kind];
  run('bundle', [process.execPath, ['--import', import.meta.resolve('tsx'), ...bundle]], packageRoot);
  const sizes = readdirSync(out).map((name) => `${name} ${formatBytes(statSync(join(out, name)).size)}`);
  print(`${sizes.join(', ')}${isolate.length > 0 ? '; the network is off from here' : ''}`);
  tryBadChunks();
  run('unpack', isolated(['sh', join(out, 'unpack.sh'), target]), home);
  run('doctor', isolated([join(target, 'doubletime'), 'doctor']), home);
  run('train', isolated([join(target, 'doubletime'), ...TRAIN, '--dir', join(home, 'whole')]), home);
  const killed = join(home, 'killed');
  const [program, args] = isolated([join(target, 'doubletime'), ...TRAIN, '--dir', killed]);
  print(`killed after step ${await killAfter({ program, args, cwd: home }, 20, killed)}`);
  run('resume', isolated([join(target, 'doubletime'), ...TRAIN, '--dir', killed]), home);
  const different = compareMeasurements(join(home, 'whole'), killed);
  if (different.length > 0) throw new Error(`the resumed run differs in ${different.join(', ')}`);
  const { environment } = readMeasurement(runPaths(killed).measurement);
  if (environment.commit === null) throw new Error('the measurement does not name the commit');
  print(`the resumed run is the same as the uninterrupted one, of commit ${environment.commit}`);
  run(
    'report',
    isolated([join(target, 'doubletime'), 'report', join(home, 'whole'), '--out', join(home, 'report')]),
    home,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
