// Loaded before the code of a training process (node --import). It counts the file operations of the process in one folder, and kills
// the process with SIGKILL before, in the middle of, or after one of them. With STRESS_LOG it only writes the counts to a file.
//   STRESS_FOLDER  the folder
//   STRESS_KIND    a kind of operation, such as `rename checkpoints`
//   STRESS_NUMBER  the number of the operation among those of its kind, from 1
//   STRESS_WHEN    before, middle (only half of a write is done) or after
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { relative } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const {
  STRESS_FOLDER: folder = '',
  STRESS_KIND: selectedKind,
  STRESS_NUMBER: number,
  STRESS_WHEN: when,
  STRESS_LOG: log,
} = process.env;
const original = { ...fs };
const paths = new Map();
const counts = new Map();

/** `checkpoints`, `tensorboard`, `measurement.json`, ...: the first part of a path within the folder. */
function findPlace(path) {
  const inside = relative(folder, String(path));
  if (inside.startsWith('..') || inside.startsWith('/')) return undefined;
  return inside === '' ? 'folder' : inside.split('/')[0].split('.').slice(0, 2).join('.');
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal takes effect at the next system call at the latest.
  for (;;) original.existsSync(folder);
}

/** Does `work` on a file. Kills the process if this is the selected operation; `half` does half of a write. */
function around(operation, path, work, half = () => undefined) {
  const place = findPlace(path);
  if (place === undefined) return work();
  const kind = `${operation} ${place}`;
  const count = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, count);
  if (kind !== selectedKind || count !== Number(number)) return work();
  if (when === 'before') die();
  if (when === 'middle') {
    half();
    die();
  }
  work();
  return die();
}

/** Replaces the functions of node:fs that change files. */
function wrap() {
  fs.openSync = (path, ...rest) => {
    const handle = original.openSync(path, ...rest);
    paths.set(handle, path);
    return handle;
  };
  fs.writeSync = (handle, bytes, offset, length, position) => {
    const write = (size) =>
      typeof bytes === 'string'
        ? original.writeSync(handle, bytes)
        : original.writeSync(handle, bytes, offset ?? 0, size, position);
    const all = typeof bytes === 'string' ? bytes.length : (length ?? bytes.length - (offset ?? 0));
    const half = () => write(Math.floor(all / 2));
    return around('write', paths.get(handle) ?? '/', () => write(all), half);
  };
  fs.fsyncSync = (handle) => around('fsync', paths.get(handle) ?? '/', () => original.fsyncSync(handle));
  for (const name of ['rmSync', 'writeFileSync', 'mkdirSync', 'truncateSync'])
    fs[name] = (path, ...rest) => around(name.replace('Sync', ''), path, () => original[name](path, ...rest));
  for (const name of ['renameSync', 'linkSync'])
    fs[name] = (from, to) => around(name.replace('Sync', ''), to, () => original[name](from, to));
  syncBuiltinESMExports();
  if (log)
    process.on('exit', () => {
      original.writeFileSync(log, JSON.stringify(Object.fromEntries(counts)));
    });
}

if (isMainThread && folder) wrap();
