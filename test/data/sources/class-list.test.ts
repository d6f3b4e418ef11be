import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { temporaryFolder, writeFileIn } from '../images.ts';

/** Three classes with a list of them; nothing is decoded. */
function folderWith(list: string): string {
  const folder = temporaryFolder();
  for (const name of ['ape', 'bee', 'cat']) writeFileIn(folder, `train/${name}/1.jpg`, 'x');
  writeFileIn(folder, 'val/ape/1.jpg', 'x');
  writeFileIn(folder, 'classes.tsv', list);
  return folder;
}

const dataErrorWith = (message: RegExp): unknown =>
  expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string });

describe('classes.tsv', () => {
  it.each([
    ['Windows line ends', 'cat\tCat\r\nape\tApe\r\nbee\tBee\r\n'],
    ['a byte order mark', '\ufeffcat\tCat\nape\tApe\nbee\tBee\n'],
    ['comments and empty lines', '# made by hand\n\ncat\tCat\n\nape\tApe\nbee\tBee'],
  ])('may have %s', (_title, text) => {
    const { classes, titles } = openFolder(folderWith(text));
    expect(classes).toEqual(['cat', 'ape', 'bee']);
    expect(titles).toEqual(['Cat', 'Ape', 'Bee']);
  });

  it('is refused if no column has all classes, although every line has one class', () => {
    const folder = folderWith('ape\tx\ny\tbee\ncat\tz\n');
    expect(() => openFolder(folder)).toThrow(
      dataErrorWith(
        /classes.tsv has no column with a folder of \S+train in every line: expected the name of a class folder in each line$/,
      ),
    );
  });

  it('is refused if it has a class twice', () => {
    expect(() => openFolder(folderWith('ape\nbee\nbee\ncat\n'))).toThrow(
      dataErrorWith(/classes.tsv has the class bee twice: remove one line$/),
    );
  });

  it.each<[string, (file: string) => void, RegExp]>([
    [
      'a folder',
      (file) => {
        mkdirSync(file);
      },
      /^\S+classes.tsv is a folder, expected a regular file: remove it or name another file$/,
    ],
    [
      'a dangling link',
      (file) => {
        symlinkSync('nowhere', file);
      },
      /^the file \S+classes.tsv does not exist: restore it, or remove the link to it$/,
    ],
  ])('is not ignored if it is %s', (_title, make, message) => {
    const folder = folderWith('');
    rmSync(join(folder, 'classes.tsv'));
    make(join(folder, 'classes.tsv'));
    expect(() => openFolder(folder)).toThrow(dataErrorWith(message));
  });
});
