// Loaded before a program's own code (node --import): one system call fails once, as with a full quota or a lost network share.
//   FAIL_CALL  openSync, writeSync, fsyncSync, closeSync, renameSync or linkSync
//   FAIL_FILE  part of the path of the file that is opened, written, or renamed and linked to
//   FAIL_ERROR a name and a number of errno: `EIO 5`. Node has no name for 122 (EDQUOT)
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { FAIL_CALL: call, FAIL_FILE: part, FAIL_ERROR: error = '' } = process.env;
const paths = new Map();
let failed = false;

function failure(path) {
  const [, code, number] = /^(.*) (\d+)$/.exec(error);
  // A call with a file handle has no path.
  const named = path === undefined ? {} : { path };
  const syscall = call.replace('Sync', '');
  return Object.assign(new Error(`${code}: injected, ${syscall}`), { code, errno: -number, syscall, ...named });
}

function wrap() {
  const { openSync } = fs;
  fs.openSync = (path, ...rest) => {
    if (call === 'openSync' && !failed && String(path).includes(part)) {
      failed = true;
      throw failure(path);
    }
    const handle = openSync(path, ...rest);
    paths.set(handle, String(path));
    return handle;
  };
  const original = fs[call];
  if (call !== 'openSync')
    fs[call] = (first, ...rest) => {
      const path = typeof first === 'number' ? paths.get(first) : String(rest[0]);
      if (failed || !path?.includes(part)) return original(first, ...rest);
      failed = true;
      if (call === 'closeSync') original(first);
      throw failure(typeof first === 'number' ? undefined : path);
    };
  syncBuiltinESMExports();
}

if (isMainThread && call) wrap();
