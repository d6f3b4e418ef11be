// Loaded before a program's own code (node --import): pauses the process once (SIGSTOP) at a moment identified by a
// file that it writes, so that a test does not depend on the speed of the machine. SIGCONT continues the process.
//   PAUSE_FILE  end of the path of the file, which is written in place or renamed to this path; or `stderr`
//   PAUSE_TEXT  text that the written data must contain
//   PAUSE_WHEN  `before`: before the file is renamed; `open`: before it is opened, with any content; else after it is
//                     written
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { PAUSE_FILE: file, PAUSE_TEXT: text = '', PAUSE_WHEN: when } = process.env;
const { openSync, writeSync, renameSync, readFileSync } = fs;
const paths = new Map();
let hasPaused = false;

function pause() {
  hasPaused = true;
  process.kill(process.pid, 'SIGSTOP');
}

const isMoment = (path, content) =>
  !hasPaused && String(path).endsWith(file) && (text === '' || String(content()).includes(text));

function wrap() {
  fs.openSync = (path, ...rest) => {
    if (when === 'open' && isMoment(path, () => text)) pause();
    const handle = openSync(path, ...rest);
    paths.set(handle, path);
    return handle;
  };
  fs.writeSync = (handle, bytes, ...rest) => {
    const written = writeSync(handle, bytes, ...rest);
    if (isMoment(paths.get(handle), () => bytes)) pause();
    return written;
  };
  fs.renameSync = (from, to) => {
    const isThis = isMoment(to, () => readFileSync(from));
    if (isThis && when === 'before') pause();
    renameSync(from, to);
    if (isThis && when !== 'before') pause();
  };
  syncBuiltinESMExports();
  const { write } = process.stderr;
  process.stderr.write = function (chunk, ...rest) {
    const done = write.call(this, chunk, ...rest);
    if (isMoment('stderr', () => chunk)) pause();
    return done;
  };
}

if (isMainThread && file) wrap();
