#!/usr/bin/env node
// The entry point for plain Node. In a checkout tsx compiles the TypeScript; an installed package contains compiled JavaScript.
import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';

// `train` and the cluster job that starts it handle signals themselves (src/train/failures/signals.ts). A signal that arrives
// before their handlers are installed ends the process with exit code 75. No file has been changed by then.
if (['train', 'sweep-run'].includes(process.argv[2]))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1'])
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      process.stderr.write(`doubletime: stopped by ${signal} before it started: run the same command again\n`);
      process.exit(75);
    });

/** Why the code cannot be loaded, and how to fix it; undefined for an internal error. */
function explainStart({ code, message = '' }) {
  if (code === 'EMFILE' || code === 'ENFILE') return 'too many open files: raise the limit (`ulimit -n 1024`)';
  if (code === 'ENOMEM' || code === 'ERR_WORKER_OUT_OF_MEMORY' || /out of memory/i.test(message))
    return 'not enough memory: free some, or raise the limit (`ulimit -v unlimited`)';
  if (code === 'ERR_MODULE_NOT_FOUND') return `${message.split('\n')[0]}: run \`npm run setup\``;
  return code !== undefined && /^E[A-Z0-9]+$/.test(code) ? message : undefined;
}

/** Prints why doubletime could not start, and exits. tsx compiles in a thread, and an error there is not thrown by `import`. */
function failToStart(thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const reason = explainStart(error);
  process.stderr.write(
    reason === undefined
      ? `doubletime: internal error, please report it with this text:\n${error.stack}\n`
      : `doubletime: cannot start: ${reason}\n`,
  );
  process.exit(reason === undefined ? 70 : 69);
}

/** tsx keeps compiled files in the temporary folder, and ends the process if it cannot create its folder there. */
function isTemporaryFolderWritable() {
  try {
    accessSync(tmpdir(), constants.W_OK | constants.X_OK);
    return statSync(tmpdir()).isDirectory();
  } catch {
    return false;
  }
}

/** With fewer files, Node may wait forever for the thread in which tsx compiles. */
const FILES_AT_START = 40;

/** @throws Error EMFILE if the process cannot open as many files as it needs to start. */
function requireFiles() {
  const handles = [];
  try {
    while (handles.length < FILES_AT_START) handles.push(openSync(devNull));
  } finally {
    for (const handle of handles) closeSync(handle);
  }
}

process.on('uncaughtException', failToStart);
try {
  requireFiles();
  if (existsSync(new URL('main.ts', import.meta.url))) {
    if (!isTemporaryFolderWritable()) process.env.TSX_DISABLE_CACHE = '1';
    // After the signal handlers: loading tsx takes longer than starting Node.
    const { register } = await import('tsx/esm/api');
    register();
    await import('./main.ts');
  } else {
    await import('../../dist/src/cli/main.js');
  }
} catch (error) {
  failToStart(error);
}
