import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFile } from '../../src/base/files/home.ts';
import { temporaryFolder } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

const script = `
import { toPngs } from ${JSON.stringify(packageFile('src/report/png.ts'))};
const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text y="15">halved</text></svg>';
try {
  process.stdout.write((await toPngs([svg]))[0].toString('base64'));
} catch (error) {
  process.stdout.write(error.exitCode + ' ' + error.message);
}`;

/** Draws a text in a process of its own, because fontconfig reads its settings once. */
function drawIn(place: string): { png: string; messages: string } {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: packageFile('.'),
    env: { ...process.env, TMPDIR: folder.at(place), TSX_DISABLE_CACHE: '1' },
  });
  return { png: stdout, messages: stderr };
}

describe('the temporary folder of a PNG', () => {
  it('may have a name with characters of XML', () => {
    for (const name of ['plain', 'R&D <1>']) mkdirSync(folder.at(name));
    const { png, messages } = drawIn('R&D <1>');
    expect(messages).toBe('');
    expect(png).toBe(drawIn('plain').png);
  });

  it('is named with TMPDIR if it cannot be created', () => {
    const { png } = drawIn('missing');
    expect(png).toMatch(/^7[34] cannot write .*missing\/doubletime-fonts-\* \(set TMPDIR to use another folder\): /);
  });
});
