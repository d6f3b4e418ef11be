// Loaded before a program's own code (node --import): stops the process once (SIGSTOP), at a moment told by what it writes,
// so that a test finds it there however fast or busy the machine is. What continues it is SIGCONT.
//   STAND_STILL_FILE  how the path of the file ends: one that is written in place, or under another name and renamed to this
//                     one; `stderr` for that
//   STAND_STILL_TEXT  what is written must have this in it
//   STAND_STILL_WHEN  `before`: when the file has not got its name yet; `open`: when it is about to be opened, whatever is in
//                     it; else after it was written
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
