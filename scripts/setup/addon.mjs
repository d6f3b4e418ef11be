import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findCompiler } from './checks.mjs';
import { chooseTensorFlow, librariesIn } from './choice.mjs';
import { lastLine, runCommand } from './command.mjs';
import { SetupFailure } from './failure.mjs';
import { logName, setUpCommand } from './place.mjs';
import { writeState, writeWhole } from './state.mjs';

const FILES = ['tfjs_binding.node', 'standard_error.node', 'kernels.node'];
const native = (name) => fileURLToPath(new URL(`./native/${name}`, import.meta.url));
const standardError = native('standard-error.cc');
const ownMemory = native('own-memory.cc');
const kernelFolder = native('kernels');
const kernelFiles = readdirSync(kernelFolder)
  .toSorted()
  .map((name) => join(kernelFolder, name));
const probe = fileURLToPath(new URL('./probe.mjs', import.meta.url));

/**
 * Builds the addon of tfjs from its two sources and own-memory.cc against the chosen TensorFlow. The addon uses only Node-API,
 * so one build works with every version of Node. The home folder keeps the build because npm deletes node_modules; the files
 * are copied to the folder where tfjs looks for them.
 */
export const addon = {
  name: 'native addon',
  isDone(context) {
    const plan = planOf(context);
    return stampOf(plan) === plan.key && FILES.every((name) => existsSync(join(plan.place, name)));
  },
  async run(context) {
    const plan = planOf(context);
    if (existsSync(plan.built)) install(plan, plan.built);
    else await build(plan, context);
    const { asked, kind, folder } = plan.choice;
    const { version, gpu } = readProbe(plan.built);
    if (kind === 'cuda' && !gpu) context.log('no GPU was found: training runs on the CPU');
    writeState(context.home, { asked, kind, folder, version });
    writeWhole(stampFile(plan), plan.key);
  },
};

/** The paths of the build, and a key that changes with everything that the build depends on. */
function planOf({ root, home }) {
  const choice = chooseTensorFlow({ home });
  // npm may install the dependencies of a package next to it instead of inside it.
  const { resolve } = createRequire(join(root, 'package.json'));
  const folderOf = (name) => dirname(resolve(`${name}/package.json`));
  const tfjs = folderOf('@tensorflow/tfjs-node-gpu');
  const headers = folderOf('node-api-headers');
  const folder = existsSync(choice.folder) ? realpathSync(choice.folder) : choice.folder;
  const sources = [standardError, ownMemory, ...kernelFiles].map((name) => readFileSync(name));
  const parts = [...sources, process.platform, process.arch, folder];
  for (const name of [tfjs, headers]) parts.push(readFileSync(join(name, 'package.json')));
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  const key = hash.digest('hex').slice(0, 16);
  const place = join(tfjs, 'lib', 'napi-v8');
  return { choice, folder, tfjs, headers, key, place, built: join(home, 'addon', key) };
}

const stampFile = ({ place }) => join(place, 'doubletime.stamp');

function stampOf(plan) {
  return existsSync(stampFile(plan)) ? readFileSync(stampFile(plan), 'utf8') : undefined;
}

async function build(plan, { root, home, logFile, log }) {
  const compiler = findCompiler();
  mkdirSync(join(home, 'tmp'), { recursive: true });
  mkdirSync(join(home, 'addon'), { recursive: true });
  const work = mkdtempSync(join(home, 'tmp', 'addon-'));
  try {
    log('compiling (15 to 60 s)');
    for (const args of [addonArguments(plan, work), standardErrorArguments(plan, work), kernelArguments(plan, work)]) {
      await compile(compiler, args, { cwd: root, logFile });
    }
    install(plan, work);
    writeWhole(join(work, 'probe.json'), JSON.stringify(await tryToLoad(root, logFile)));
    rmSync(plan.built, { recursive: true, force: true });
    renameSync(work, plan.built);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const common = ['-O2', '-std=c++17', '-fPIC', '-DNAPI_VERSION=8'];
const linkage = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];

function addonArguments({ folder, tfjs, headers }, work) {
  const libraries = librariesIn(folder);
  return [
    ...[...common, ...linkage],
    ...['-I', join(headers, 'include'), '-I', libraries.include, '-I', tfjs],
    '-DTF_NewTensor=doubletime_NewTensor',
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(tfjs, 'binding', name)),
    ownMemory,
    ...['-o', join(work, FILES[0])],
    ...libraries.names.map((name) => join(libraries.folder, name)),
    `-Wl,-rpath,${libraries.folder}`,
  ];
}

function standardErrorArguments({ headers }, work) {
  const include = ['-I', join(headers, 'include')];
  return [...common, ...linkage, ...include, standardError, '-o', join(work, FILES[1])];
}

/** doubletime's own kernels. IS_SLIM_BUILD leaves out a header of TensorFlow that its wheel lacks. */
function kernelArguments({ folder, headers }, work) {
  const libraries = librariesIn(folder);
  return [
    ...[
      ...common,
      ...linkage,
      '-O3',
      '-DIS_SLIM_BUILD',
      '-fno-math-errno',
      '-fno-trapping-math',
      '-Wno-psabi',
      '-pthread',
    ],
    ...['-I', join(headers, 'include'), '-I', libraries.include],
    ...kernelFiles.filter((name) => name.endsWith('.cc')),
    ...['-o', join(work, FILES[2])],
    ...libraries.names.map((name) => join(libraries.folder, name)),
    `-Wl,-rpath,${libraries.folder}`,
  ];
}

async function compile(compiler, args, options) {
  const { status, output } = await runCommand(compiler, args, options);
  if (status === 0) return;
  const first = output.split('\n').find((line) => /error|cannot find/i.test(line));
  throw new SetupFailure(
    `the native addon could not be compiled with ${compiler}: ${(first ?? lastLine(output)).trim()}`,
    `install a complete C++17 compiler (\`apt-get install -y g++\`), then \`${setUpCommand}\`; see ${logName()}`,
  );
}

/** Renames each file into place, so that a process that has loaded the old file keeps it. */
function install({ place }, from) {
  try {
    mkdirSync(place, { recursive: true });
    for (const name of FILES) {
      const temporary = join(place, `${name}.${process.pid}.tmp`);
      copyFileSync(join(from, name), temporary);
      renameSync(temporary, join(place, name));
    }
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
    throw new SetupFailure(
      `the native addon cannot be written to ${place}: ${error.code}`,
      `run \`${setUpCommand}\` as the user who installed doubletime, or install doubletime in a folder of your own`,
    );
  }
}

const readProbe = (built) => JSON.parse(readFileSync(join(built, 'probe.json'), 'utf8'));

/** Loads the addon in a separate process because a library for another machine may crash it. */
async function tryToLoad(root, logFile) {
  const options = { cwd: root, logFile };
  const { status, signal, output } = await runCommand(process.execPath, [probe], options);
  const found = /^doubletime-probe (.*)$/m.exec(output);
  if (status === 0 && found) return JSON.parse(found[1]);
  const reason =
    signal === 'SIGILL'
      ? 'this CPU lacks instructions that TensorFlow uses (AVX)'
      : `${signal ?? ''} ${lastLine(output, /Error:|GLIBC|cannot open/)}`.trim();
  throw new SetupFailure(
    `TensorFlow was installed but cannot be loaded: ${reason}`,
    `see ${logName()}, or use another build: \`DOUBLETIME_TENSORFLOW=/path/to/tensorflow ${setUpCommand}\``,
  );
}
