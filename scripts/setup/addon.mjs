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
import { haveSizes, writeSizes } from './sizes.mjs';
import { writeState, writeWhole } from './state.mjs';

const FILES = ['tfjs_binding.node', 'standard_error.node', 'step_session.node', 'kernels.node'];
const native = (name) => fileURLToPath(new URL(`./native/${name}`, import.meta.url));
const standardError = native('standard-error.cc');
const stepSession = native('step-session.cc');
/** Sources that are compiled with those of tfjs. They replace the functions of TensorFlow that `REPLACED` names. */
const replacements = ['own-memory.cc', 'context-options.cc'].map(native);
const REPLACED = ['TF_NewTensor', 'TFE_NewContextOptions', 'TFE_NewContext'].map(
  (name) => `-D${name}=doubletime_${name.split('_')[1]}`,
);
const kernelFolder = native('kernels');
const kernelFiles = readdirSync(kernelFolder, { recursive: true })
  .filter((name) => /\.(cc|h)$/.test(name))
  .toSorted()
  .map((name) => join(kernelFolder, name));
const probe = fileURLToPath(new URL('./probe.mjs', import.meta.url));

/**
 * Builds the addon of tfjs from its two sources and ours, and doubletime's three addons, against the chosen TensorFlow. They use only
 * Node-API, so one build works with every version of Node. The build is kept in the home folder, because npm deletes node_modules.
 * The files are copied to the folder where tfjs looks for its addon.
 */
export const addon = {
  name: 'native addon',
  isDone(context) {
    const plan = createPlan(context);
    const exist = FILES.every((name) => existsSync(join(plan.place, name)));
    return readStamp(plan) === plan.key && exist && haveSizes(plan.place, plan.built);
  },
  async run(context) {
    const plan = createPlan(context);
    if (existsSync(plan.built) && haveSizes(plan.built)) install(plan, plan.built);
    else await build(plan, context);
    const { asked, kind, folder } = plan.choice;
    const { version, gpu } = readProbe(plan.built);
    if (kind === 'cuda' && !gpu) context.log('no GPU was found: training runs on the CPU');
    writeState(context.home, { asked, kind, folder, version });
    writeWhole(stampFile(plan), plan.key);
  },
};

/** The paths of the build, and a key that changes with everything that the build depends on. */
function createPlan({ root, home }) {
  const choice = chooseTensorFlow({ home });
  // npm may install the dependencies of a package next to it instead of inside it.
  const { resolve } = createRequire(join(root, 'package.json'));
  const packageFolder = (name) => dirname(resolve(`${name}/package.json`));
  const tfjs = packageFolder('@tensorflow/tfjs-node-gpu');
  const headers = packageFolder('node-api-headers');
  const folder = existsSync(choice.folder) ? realpathSync(choice.folder) : choice.folder;
  const sources = [standardError, stepSession, ...replacements, ...kernelFiles].map((name) => readFileSync(name));
  const parts = [...sources, ...REPLACED, ...common, ...kernelFlags, process.platform, process.arch, folder];
  for (const name of [tfjs, headers]) parts.push(readFileSync(join(name, 'package.json')));
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  const key = hash.digest('hex').slice(0, 16);
  const place = join(tfjs, 'lib', 'napi-v8');
  return { choice, folder, tfjs, headers, key, place, built: join(home, 'addon', key) };
}

const stampFile = ({ place }) => join(place, 'doubletime.stamp');

function readStamp(plan) {
  return existsSync(stampFile(plan)) ? readFileSync(stampFile(plan), 'utf8') : undefined;
}

async function build(plan, { root, home, logFile, log }) {
  const compiler = findCompiler();
  mkdirSync(join(home, 'tmp'), { recursive: true });
  mkdirSync(join(home, 'addon'), { recursive: true });
  const work = mkdtempSync(join(home, 'tmp', 'addon-'));
  try {
    log('compiling (15 to 60 s)');
    const all = [
      addonArguments(plan, work),
      standardErrorArguments(plan, work),
      sessionArguments(plan, work),
      kernelArguments(plan, work),
    ];
    for (const args of all) await compile(compiler, args, { cwd: root, logFile });
    install(plan, work);
    writeWhole(join(work, 'probe.json'), JSON.stringify(await tryToLoad(root, logFile)));
    writeSizes(work, FILES);
    rmSync(plan.built, { recursive: true, force: true });
    renameSync(work, plan.built);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const common = ['-O2', '-std=c++17', '-fPIC', '-DNAPI_VERSION=8'];
const linkage = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];

/** The arguments that every addon which uses TensorFlow needs. */
function tensorFlowArguments({ folder, headers }) {
  const libraries = librariesIn(folder);
  return [
    ...[...common, ...linkage],
    ...['-I', join(headers, 'include'), '-I', libraries.include],
    ...libraries.names.map((name) => join(libraries.folder, name)),
    `-Wl,-rpath,${libraries.folder}`,
  ];
}

function addonArguments(plan, work) {
  const { tfjs } = plan;
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(tfjs, 'binding', name));
  const replaced = ['-I', tfjs, ...REPLACED, ...sources, ...replacements];
  return [...replaced, ...tensorFlowArguments(plan), '-o', join(work, FILES[0])];
}

const sessionArguments = (plan, work) => [
  ...[stepSession, ...tensorFlowArguments(plan), '-pthread'],
  ...['-o', join(work, FILES[2])],
];

function standardErrorArguments({ headers }, work) {
  const include = ['-I', join(headers, 'include')];
  return [...common, ...linkage, ...include, standardError, '-o', join(work, FILES[1])];
}

/** IS_SLIM_BUILD leaves out a header of TensorFlow that its wheel does not contain. */
const kernelFlags = ['-O3', '-DIS_SLIM_BUILD', '-fno-math-errno', '-fno-trapping-math', '-Wno-psabi', '-pthread'];

/** The arguments for doubletime's own kernels. */
const kernelArguments = (plan, work) => [
  ...kernelFiles.filter((name) => name.endsWith('.cc')),
  ...[...tensorFlowArguments(plan), ...kernelFlags],
  ...['-o', join(work, FILES[3])],
];

async function compile(compiler, args, options) {
  const { status, output } = await runCommand(compiler, args, options);
  if (status === 0) return;
  const first = output.split('\n').find((line) => /error|cannot find/i.test(line));
  throw new SetupFailure(
    `the native addon could not be compiled with ${compiler}: ${(first ?? lastLine(output)).trim()}`,
    `install a complete C++17 compiler (\`apt-get install -y g++\`), then \`${setUpCommand}\`; see ${logName()}`,
  );
}

/** Renames each file into its place, so that a process that has loaded the old file keeps it. */
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
