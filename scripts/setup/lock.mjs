import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';

const BEAT_MS = 5_000;
const STALE_MS = 60_000;

/**
 * Runs `work` while no other set-up of this checkout does. Whoever comes second waits. A lock whose owner died is taken
 * over: its process is gone (same host), or it has not been touched for a minute.
 */
export async function withLock(file, log, work) {
  await acquire(file, log);
  const beat = setInterval(() => touch(file), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(file, { force: true });
  }
}

async function acquire(file, log) {
  for (let waited = false; !tryCreate(file);) {
    if (isStale(file)) {
      takeAway(file);
      continue;
    }
    if (!waited) log('waiting for another set-up of this checkout to end');
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
    return false; // Gone, or being written: look again.
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

/** Of several that wait, one at a time looks again and removes: a lock just taken over is never removed as stale. */
function takeAway(file) {
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
