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
      /^\S+classes.tsv is a folder, expected a regular file: name another file, or move it away$/,
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

/** Four classes, and three validation images with labels in val.txt. */
function numbered(list: string, labels: readonly (string | number)[], name = 'classes.tsv'): string {
  const folder = temporaryFolder();
  for (const id of ['ape', 'bee', 'cat', 'dog']) writeFileIn(folder, `train/${id}/1.jpg`, 'x');
  labels.forEach((_, i) => {
    writeFileIn(folder, `val/${i}.jpg`, 'x');
  });
  writeFileIn(folder, 'val.txt', labels.map((label, i) => `${i}.jpg ${label}\n`).join(''));
  writeFileIn(folder, name, list);
  return folder;
}

const labelsOf = (folder: string): string[] => {
  const { classes, validation } = openFolder(folder);
  return Array.from(validation.labels, (label) => classes[label]!);
};

describe('the numbers of classes.tsv', () => {
  it('may have gaps', () => {
    expect(labelsOf(numbered('1\tape\n2\tbee\n4\tcat\n7\tdog\n', [1, 2, 4]))).toEqual(['ape', 'bee', 'cat']);
  });

  it('may follow the names if they count the classes', () => {
    expect(labelsOf(numbered('ape\t1\nbee\t2\ncat\t3\ndog\t0\n', [0, 2, 3]))).toEqual(['dog', 'bee', 'cat']);
  });

  it('are no class numbers after the names if they count something else', () => {
    expect(labelsOf(numbered('ape\t1300\nbee\t732\ncat\t1300\ndog\t1300\n', [0, 1, 3]))).toEqual(['ape', 'bee', 'dog']);
  });

  it('are refused if a label is none of them', () => {
    expect(() => openFolder(numbered('1\tape\n2\tbee\n4\tcat\n7\tdog\n', [1, 2, 3]))).toThrow(
      dataErrorWith(/has the class number 3 in line 3, .*: expected a number of classes.tsv, such as 1, 2, 4$/),
    );
  });

  it('are refused if two classes have the same', () => {
    expect(() => openFolder(numbered('1\tape\n1\tbee\n2\tcat\n3\tdog\n', [1, 2, 3]))).toThrow(
      dataErrorWith(/gives ape and bee the same number 1: give each class its own number, or remove the column$/),
    );
  });
});

describe('a class list with another name', () => {
  it.each(['Classes.tsv', 'classes.txt', 'CLASSES.TXT'])('gives the order of the classes: %s', (name) => {
    const folder = numbered('dog\ncat\nbee\nape\n', ['ape', 'bee', 'cat'], name);
    expect(openFolder(folder).classes).toEqual(['dog', 'cat', 'bee', 'ape']);
    writeFileIn(folder, 'val.txt', '0.jpg 0\n1.jpg 1\n2.jpg 3\n');
    expect(() => openFolder(folder)).toThrow(dataErrorWith(/can be read in two ways: .*"dog".*; or .*"ape"/));
  });

  it('is ignored if classes.txt has other lines', () => {
    const folder = numbered('0 dog\n1 cat\n', ['ape', 'bee', 'cat'], 'classes.txt');
    expect(openFolder(folder).classes).toEqual(['ape', 'bee', 'cat', 'dog']);
  });

  it('is refused if there are two', () => {
    const folder = numbered('dog\ncat\nbee\nape\n', ['ape'], 'Classes.tsv');
    writeFileIn(folder, 'classes.tsv', 'ape\nbee\ncat\ndog\n');
    expect(() => openFolder(folder)).toThrow(dataErrorWith(/has Classes.tsv and classes.tsv: remove one of them$/));
  });
});
