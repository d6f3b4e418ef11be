import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDisk, findPython } from './checks.mjs';
import { chooseTensorFlow, librariesIn } from './choice.mjs';
import { lastLine, runCommand } from './command.mjs';
import { hasCudaLinks, linkCuda } from './cuda-links.mjs';
import { SetupFailure } from './failure.mjs';
import { logName, setUpCommand } from './place.mjs';
import { haveSizes, writeSizes } from './sizes.mjs';

/** Unpacks libtensorflow from PyPI's wheel. The folder gets its final name when it is complete. */
export const tensorFlow = {
  name: 'TensorFlow',
  describe({ home }) {
    const { version, kind, gigabytes, downloadMegabytes } = chooseTensorFlow({ home });
    const download = downloadMegabytes ? `${downloadMegabytes} MB, ` : '';
    return `TensorFlow ${version} (${kind}: ${download}${gigabytes} GB of disk space during unpacking)`;
  },
  isDone({ home }) {
    const choice = chooseTensorFlow({ home });
    return isWhole(choice) && (choice.kind !== 'cuda' || hasCudaLinks(choice.folder));
  },
  async run({ home, logFile, log }) {
    const choice = chooseTensorFlow({ home });
    if (!isWhole(choice)) await install(choice, { home, logFile, log });
    if (choice.kind === 'cuda') linkCuda(choice.folder);
  },
};

/** Whether all libraries are there with their sizes. A folder of the user is not checked for sizes. */
const isWhole = ({ kind, folder }) =>
  librariesIn(folder) !== undefined && (kind === 'path' || haveSizes(dirname(folder)));

/** TensorFlow's and CUDA's libraries in a folder and those below it. */
const listLibraries = (folder) =>
  readdirSync(folder, { recursive: true }).filter((name) => /\.(so|dylib)(\.|$)/.test(name));

/** Downloads and unpacks a TensorFlow. @throws SetupFailure */
async function install(choice, { home, logFile, log }) {
  const { kind, version, gigabytes } = choice;
  const target = dirname(choice.folder);
  checkDisk(home, gigabytes, `TensorFlow ${version} (${kind})`);
  mkdirSync(join(home, 'tmp'), { recursive: true });
  const work = mkdtempSync(join(home, 'tmp', 'tensorflow-'));
  try {
    await fetchWheels(choice, work, { logFile, log });
    const whole = join(work, 'whole');
    writeSizes(whole, listLibraries(whole));
    rmSync(target, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    renameSync(whole, target);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Downloads the wheels of a choice, and unpacks them to the folder `whole` in `work`. @throws SetupFailure */
export async function fetchWheels(choice, work, { logFile, log }) {
  const python = await findPython(logFile);
  log(`downloading TensorFlow ${choice.version} (${choice.kind})`);
  await download(python, choice, join(work, 'wheels'), logFile);
  log('unpacking');
  await unpack(python, work, logFile);
}

/** pip checks the hashes. The wheel may be for any Python because only its C libraries are used. */
async function download(python, { wheels, tags, pythonVersion }, folder, logFile) {
  mkdirSync(folder);
  const requirements = join(folder, 'requirements.txt');
  const lines = wheels.map(({ name, version, sha256 }) => `${name}==${version} --hash=sha256:${sha256}\n`);
  writeFileSync(requirements, lines.join(''));
  const options = ['--no-deps', '--require-hashes', '--only-binary=:all:', '--progress-bar=off'];
  const platforms = tags.flatMap((tag) => ['--platform', tag]);
  const env = {
    ...process.env,
    PIP_REQUIRE_VIRTUALENV: 'false',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_INPUT: '1',
    // pip unpacks into TMPDIR first; /tmp is often too small.
    TMPDIR: dirname(folder),
  };
  const { status, output } = await runCommand(
    python,
    [
      ...['-m', 'pip', 'download', ...options, '--python-version', pythonVersion],
      ...['--implementation', 'cp', ...platforms, '--dest', folder, '-r', requirements],
    ],
    { env, logFile },
  );
  if (status !== 0) throw downloadFailure(output);
  rmSync(requirements);
}

const again = `run \`${setUpCommand}\` again`;

function downloadFailure(output) {
  if (/DO NOT MATCH THE HASHES/.test(output)) {
    return new SetupFailure(
      'the TensorFlow that was downloaded does not have the pinned hash (scripts/setup/pins.json)',
      `clear pip's cache (\`python3 -m pip cache purge\`), check the package index that pip uses, and ${again}`,
    );
  }
  if (/No space left|Errno 28/.test(output)) {
    return new SetupFailure('the disk is full', `free some space (TMPDIR too) and ${again}`);
  }
  if (
    /NewConnectionError|NameResolutionError|Temporary failure|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Connection(Error|Reset| refused| broken)|unreachable|from versions: none/i.test(
      output,
    )
  ) {
    return new SetupFailure(
      'TensorFlow cannot be downloaded: no network (or the package index that pip uses does not have it)',
      `connect (or set pip's index and proxy), or set DOUBLETIME_TENSORFLOW to an existing TensorFlow, and ${again}`,
    );
  }
  return new SetupFailure(
    `pip could not download TensorFlow: ${lastLine(output, /ERROR:|error:/)}`,
    `see ${logName()}, then ${again}`,
  );
}

async function unpack(python, work, logFile) {
  const folder = join(work, 'wheels');
  const wheels = readdirSync(folder).map((name) => join(folder, name));
  const script = fileURLToPath(new URL('./unpack.py', import.meta.url));
  const whole = join(work, 'whole');
  const { status, output } = await runCommand(python, [script, whole, ...wheels], { logFile });
  if (status !== 0 || librariesIn(join(whole, 'tensorflow')) === undefined) {
    throw new SetupFailure(
      `TensorFlow's wheel could not be unpacked: ${lastLine(output)}`,
      `check the disk, then ${again}`,
    );
  }
}
