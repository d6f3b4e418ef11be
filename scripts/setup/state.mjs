import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the last set-up chose: `{ asked, kind, folder, version }`; `{}` before the first. */
export function readState(home) {
  try {
    return JSON.parse(readFileSync(stateFile(home), 'utf8'));
  } catch {
    return {};
  }
}

export function writeState(home, state) {
  writeWhole(stateFile(home), `${JSON.stringify(state, null, 2)}\n`);
}

const stateFile = (home) => join(home, 'setup.json');

/** Under the file's name stands the old or the new content, never a part. */
export function writeWhole(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}
