// Loaded before a program's own code (node --import): pauses the process once (SIGSTOP) at a moment identified by a
// file that it writes, so that a test does not depend on the speed of the machine. SIGCONT continues the process.
//   STAND_STILL_FILE  end of the path of the file, which is written in place or renamed to this path; or `stderr`
//   STAND_STILL_TEXT  text that the written data must contain
//   STAND_STILL_WHEN  `before`: before the file is renamed; `open`: before it is opened, with any content; else after it is
//                     written
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { STAND_STILL_FILE: file, STAND_STILL_TEXT: text = '', STAND_STILL_WHEN: when } = process.env;
const { openSync, writeSync, renameSync, readFileSync } = fs;
const paths = new Map();
let stood = false;

function standStill() {
  stood = true;
  process.kill(process.pid, 'SIGSTOP');
}

const isIt = (path, content) =>
  !stood && String(path).endsWith(file) && (text === '' || String(content()).includes(text));

function wrap() {
  fs.openSync = (path, ...rest) => {
    if (when === 'open' && isIt(path, () => text)) standStill();
    const handle = openSync(path, ...rest);
    paths.set(handle, path);
    return handle;
  };
  fs.writeSync = (handle, bytes, ...rest) => {
    const written = writeSync(handle, bytes, ...rest);
    if (isIt(paths.get(handle), () => bytes)) standStill();
    return written;
  };
  fs.renameSync = (from, to) => {
    const isThis = isIt(to, () => readFileSync(from));
    if (isThis && when === 'before') standStill();
    renameSync(from, to);
    if (isThis && when !== 'before') standStill();
  };
  syncBuiltinESMExports();
  const { write } = process.stderr;
  process.stderr.write = function (chunk, ...rest) {
    const done = write.call(this, chunk, ...rest);
    if (isIt('stderr', () => chunk)) standStill();
    return done;
  };
}

if (isMainThread && file) wrap();
