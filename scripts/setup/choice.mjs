import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { hasNvidiaDriver } from './checks.mjs';
import { expandPath } from './expand-path.mjs';
import { SetupFailure } from './failure.mjs';
import { setUpCommand } from './place.mjs';
import { readState } from './state.mjs';

const pins = JSON.parse(readFileSync(new URL('./pins.json', import.meta.url), 'utf8'));

/**
 * Chooses the TensorFlow of this installation. DOUBLETIME_TENSORFLOW is cpu, cuda, auto, or the folder of an existing
 * TensorFlow. Default: the last choice, and for the first set-up auto: cuda if NVIDIA's driver is installed, else cpu.
 * @returns { asked, kind, version, folder, wheels, ... }; `folder` contains the libraries, or will contain them.
 * @throws SetupFailure
 */
export function chooseTensorFlow({ home, env = process.env, platform = platformName() }) {
  const asked = expandPath('DOUBLETIME_TENSORFLOW', env) || readState(home).asked || 'auto';
  if (!['cpu', 'cuda', 'auto'].includes(asked)) return existingTensorFlow(asked);
  const pinned = pins.platforms[platform];
  if (!pinned) {
    throw new SetupFailure(
      `no TensorFlow is published for ${platform} (there is one for ${Object.keys(pins.platforms).join(', ')})`,
      `use one of these, or your own build: \`DOUBLETIME_TENSORFLOW=/path/to/tensorflow ${setUpCommand}\``,
    );
  }
  const kind = asked === 'auto' ? (pinned.cuda && hasNvidiaDriver() ? 'cuda' : 'cpu') : asked;
  if (!pinned[kind]) {
    throw new SetupFailure(
      `no TensorFlow with CUDA is pinned for ${platform}`,
      `use \`DOUBLETIME_TENSORFLOW=cpu ${setUpCommand}\``,
    );
  }
  const { wheels, gigabytes, downloadMegabytes } = pinned[kind];
  const hash = createHash('sha256').update(wheels.map((wheel) => wheel.sha256).join());
  const name = `${kind}-${pins.tensorflow}-${hash.digest('hex').slice(0, 8)}`;
  return {
    asked,
    kind,
    version: pins.tensorflow,
    folder: join(home, 'tensorflow', name, 'tensorflow'),
    wheels,
    gigabytes,
    downloadMegabytes,
    tags: pinned.tags,
    pythonVersion: pins.pythonVersion,
  };
}

/** The platform's name, such as linux-x64. Linux with musl's C library is a separate platform, for which no wheels exist. */
function platformName() {
  const musl = process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  return `${process.platform}-${process.arch}${musl ? '-musl' : ''}`;
}

/** The TensorFlow in a folder. @throws SetupFailure if the folder lacks its libraries or headers. */
function existingTensorFlow(asked) {
  const path = isAbsolute(asked) ? asked : resolve(asked);
  const folder = [path, join(path, 'tensorflow')].find(librariesIn);
  if (!folder) {
    throw new SetupFailure(
      `DOUBLETIME_TENSORFLOW is ${asked}, expected cpu, cuda, auto, or a folder with libtensorflow and its headers`,
      'set it to a site-packages/tensorflow of TensorFlow 2, or to an unpacked libtensorflow (lib/ and include/)',
    );
  }
  return { asked: path, kind: 'path', folder: realpathSync(folder) };
}

/**
 * Finds the libraries and headers in a TensorFlow folder, in the layout of its wheel (libtensorflow_cc) or of its C package
 * (lib/libtensorflow). Undefined if a part is missing.
 */
export function librariesIn(folder) {
  const suffix = process.platform === 'darwin' ? (name) => `${name}.2.dylib` : (name) => `${name}.so.2`;
  const layouts = [
    { folder, main: suffix('libtensorflow_cc') },
    { folder: join(folder, 'lib'), main: suffix('libtensorflow') },
  ];
  const framework = suffix('libtensorflow_framework');
  const include = join(folder, 'include');
  if (!existsSync(join(include, 'tensorflow', 'c', 'eager', 'c_api.h'))) return undefined;
  const found = layouts.find(
    (layout) => existsSync(join(layout.folder, layout.main)) && existsSync(join(layout.folder, framework)),
  );
  return found && { include, folder: found.folder, names: [found.main, framework] };
}
