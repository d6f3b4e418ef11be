// Tests everything on a machine with a GPU in one command, the most important parts first. Each part has a time limit; its results
// until then are kept in FOLDER/PART.log and in the files that docs/gpu.md names. It prints one line for each part. The exit code is 1
// if a part failed.
//   npx tsx scripts/stress/try-gpu.ts --out FOLDER [--parts doctor,ops,speed,runs,xla] [--reference FILE] [--torch PYTHON]
// --device cpu tests the script itself with small sizes. In an unpacked bundle, source FOLDER/env.sh first, and write `node --import tsx`
// instead of `npx tsx`.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode, messageOf } from '../../src/base/errors.ts';
import { packageRoot } from '../../src/base/files/home.ts';
import { readOptions } from '../run-script.ts';
import { type Command, compareMeasurements, killAfter } from './interrupted-run.ts';

const options = {
  out: { type: 'string', default: 'gpu' },
  parts: { type: 'string', default: 'doctor,ops,speed,runs,xla' },
  reference: { type: 'string' },
  torch: { type: 'string' },
  device: { type: 'string', default: 'gpu' },
} as const;

const fail = (message: string): never => {
  console.error(`try-gpu: ${message}`);
  process.exit(ExitCode.usage);
};

const { values } = readOptions('try-gpu', { options });
if (!['gpu', 'cpu'].includes(values.device)) fail(`--device is ${values.device}, expected gpu or cpu`);
const onGpu = values.device === 'gpu';
const out = resolve(values.out);

const node = (...args: readonly string[]): Command => ({ program: process.execPath, args, cwd: packageRoot });
const doubletime = (...args: readonly string[]): Command => node(join(packageRoot, 'src/cli/doubletime.mjs'), ...args);
const script = (file: string, ...args: readonly string[]): Command =>
  node('--import', import.meta.resolve('tsx'), join(packageRoot, 'scripts', file), ...args);

/** Runs a command with its output in PART.log, and its standard output in `file`. Returns its exit code; null after the limit. */
async function run(part: string, seconds: number, command: Command, file = `${part}.log`): Promise<number | null> {
  const [log, output] = [
    openSync(join(out, `${part}.log`), 'a'),
    openSync(join(out, file), file === `${part}.log` ? 'a' : 'w'),
  ];
  const { program, args, cwd } = command;
  const child = spawn(program, args, { cwd, stdio: ['ignore', output, log], detached: true });
  for (const descriptor of [log, output]) closeSync(descriptor);
  const limit = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), seconds * 1000);
  const code = await new Promise<number | null>((done) => child.on('close', done));
  clearTimeout(limit);
  return code;
}

const lastLine = (file: string): string => readFileSync(join(out, file), 'utf8').trim().split('\n').at(-1) ?? '';

/** A phrase for an exit code. */
const describeEnd = (code: number | null): string =>
  code === 0 ? 'ok' : code === null ? 'stopped at its time limit' : `exit code ${code}`;

/** Trains two runs with the same seed, and one that is killed and resumed. All three must be equal to the last bit. */
async function compareRuns(): Promise<string> {
  const set = ['recipe.deterministic=true', 'network.width=0.5', 'data.trainExamples=4096', 'recipe.epochs=4'];
  const train = (name: string) =>
    doubletime('train', 'synthetic', ...set.flatMap((text) => ['--set', text]), '--dir', join(out, 'runs', name));
  for (const name of ['first', 'second']) {
    const code = await run('runs', 120, train(name));
    if (code !== 0) return `the ${name} run: ${describeEnd(code)}: ${lastLine('runs.log')}`;
  }
  const step = await killAfter(train('resumed'), 100, join(out, 'runs/resumed'));
  const code = await run('runs', 120, train('resumed'));
  if (code !== 0) return `the resumed run: ${describeEnd(code)}: ${lastLine('runs.log')}`;
  for (const name of ['second', 'resumed']) {
    const different = compareMeasurements(join(out, 'runs/first'), join(out, 'runs', name));
    if (different.length > 0) return `the first and the ${name} run differ in ${different.slice(0, 5).join(', ')}`;
  }
  rmSync(join(out, 'runs'), { recursive: true });
  return `ok: two runs are equal, and one that was killed after step ${step} and resumed`;
}

function bench(part: string, ...more: readonly string[]): Command {
  const small = ['--device', 'cpu', '--networks', 'resnet18:4', '--input', '64', '--steps', '3'];
  return script('bench/gpu/bench-gpu.ts', '--out', join(out, `${part}.json`), ...more, ...(onGpu ? [] : small));
}

const torch = values.torch === undefined ? [] : ['--torch', values.torch];
const gpu = onGpu ? ['--gpu'] : [];
const networks = onGpu || values.reference !== undefined ? [] : ['--networks', 'squeezenet1_1'];
const reference = values.reference === undefined ? [] : ['--reference', resolve(values.reference)];

const parts: Readonly<Record<string, () => Promise<string>>> = {
  doctor: async () => describeEnd(await run('doctor', 120, doubletime('doctor', ...gpu, '--json'), 'doctor.json')),
  ops: async () => {
    const page = ['--json', '--out', join(out, 'ops.md')];
    const command = doubletime('doctor', ...gpu, '--ops', ...networks, ...reference, ...page);
    return describeEnd(await run('ops', 300, command, 'ops.json'));
  },
  speed: async () => describeEnd(await run('speed', 420, bench('speed', '--xla', 'without', ...torch))),
  runs: compareRuns,
  xla: async () => describeEnd(await run('xla', 420, bench('xla', '--xla', 'with'))),
};

const chosen = values.parts.split(',');
const unknown = chosen.find((name) => !(name in parts));
if (unknown !== undefined)
  fail(`--parts ${values.parts}: ${unknown} is unknown, expected some of ${Object.keys(parts).join(', ')}`);
mkdirSync(out, { recursive: true });
for (const name of chosen) {
  const begin = performance.now();
  const result = await parts[name]!().catch((error: unknown) => messageOf(error));
  console.log(`${name}: ${result} (${((performance.now() - begin) / 1000).toFixed(0)} s)`);
  if (!result.startsWith('ok')) process.exitCode = ExitCode.failed;
}
