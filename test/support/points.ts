import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Writes files of points into a folder that is removed after the tests of the calling file. */
export function pointsFolder(): (text: string | Uint8Array, name?: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'doubletime-points-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return (text, name = 'points.csv') => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
}
