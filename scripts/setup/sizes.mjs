import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from './state.mjs';

const FILE = 'sizes.json';

/** Records the sizes of files in a folder, so that a shortened file is found later. `names` are paths in the folder. */
export function writeSizes(folder, names) {
  const sizes = Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).size]));
  writeWhole(join(folder, FILE), `${JSON.stringify(sizes, null, 2)}\n`);
}

/** Whether files have the sizes that `recorded` says. A folder without a record has any size: an earlier version made it. */
export function haveSizes(folder, recorded = folder) {
  const file = join(recorded, FILE);
  if (!existsSync(file)) return true;
  try {
    const sizes = JSON.parse(readFileSync(file, 'utf8'));
    return Object.entries(sizes).every(
      ([name, size]) => statSync(join(folder, name), { throwIfNoEntry: false })?.size === size,
    );
  } catch {
    return false;
  }
}
