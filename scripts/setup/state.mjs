import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The choice of the last set-up: `{ asked, kind, folder, version }`; `{}` before the first set-up. */
export function readState(home) {
  try {
    return JSON.parse(readFileSync(stateFile(home), 'utf8'));
  } catch {
    return {};
  }
}

/** Saves the choice of this set-up. */
export function writeState(home, state) {
  writeWhole(stateFile(home), `${JSON.stringify(state, null, 2)}\n`);
}

const stateFile = (home) => join(home, 'setup.json');

/** Writes a file atomically: it has the old or the new content, never a part of the new one. */
export function writeWhole(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}
