import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';

const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;

/**
 * Runs `work` while no other set-up uses the same folder; a second set-up waits. A lock is stale if its process has ended (on the
 * same host) or if it was not touched for a minute. A stale lock is removed.
 */
export async function withLock(file, log, work) {
  await acquire(file, log);
  const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  }
}

async function acquire(file, log) {
  for (let waited = false; !tryCreate(file);) {
    if (isStale(file)) {
      removeStale(file);
      continue;
    }
    if (!waited) log('waiting for another set-up in the same folder');
    waited = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function tryCreate(file) {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, JSON.stringify({ pid: process.pid, host: hostname() }));
    closeSync(handle);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(file) {
  try {
    if (Date.now() - statSync(file).mtimeMs > STALE_MS) return true;
    const { pid, host } = JSON.parse(readFileSync(file, 'utf8'));
    return host === hostname() && !isAlive(pid);
  } catch {
    return false; // Removed or being written; the caller checks again.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/** Only one waiting process at a time checks again and removes the lock, so that it never removes a new lock. */
function removeStale(file) {
  const guard = `${file}.takeover`;
  if (tryCreate(guard)) {
    if (isStale(file)) rmSync(file, { force: true });
    rmSync(guard, { force: true });
  } else if (isStale(guard)) {
    rmSync(guard, { force: true });
  }
}

function touch(file) {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    return;
  }
}
