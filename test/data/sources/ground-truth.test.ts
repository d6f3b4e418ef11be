import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { temporaryFolder, writeFileIn } from '../images.ts';

/**
 * Made with SciPy 1.17.1 (savemat, compressed) in the form of ImageNet's development kit: numbers 1 to 4 are n02119789,
 * n02100735, n02096294 and n01440764. Numbers 5 and 6 are their parents in WordNet.
 */
const TABLE = fileURLToPath(new URL('../../fixtures/data/meta.mat', import.meta.url));
/** The sorted classes: label 0 is the development kit's number 4, and so on. */
const CLASSES = ['n01440764', 'n02096294', 'n02100735', 'n02119789'];
const LIST = 'ILSVRC2012_validation_ground_truth.txt';
const image = (number: number): string => `ILSVRC2012_val_0000000${number}.JPEG`;

/** Four classes, and a flat validation folder of three images. The files are not images, because nothing is decoded. */
function flatFolder(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const id of CLASSES) writeFileIn(folder, `train/${id}/1.JPEG`, 'x');
  for (const number of [1, 2, 3]) writeFileIn(folder, `val/${image(number)}`, 'x');
  for (const [path, text] of Object.entries(files)) writeFileIn(folder, path, text);
  return folder;
}

function withTable(folder: string, path = 'meta.mat'): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  copyFileSync(TABLE, join(folder, path));
  return folder;
}

const labelsOf = (folder: string): number[] => [...openFolder(folder).validation.labels];

/** The three images show a kit fox, a tench and a setter: labels 3, 0, 2. */
const EXPECTED = [3, 0, 2];

describe('a flat validation folder', () => {
  it.each<[string, Record<string, string>]>([
    ["Caffe's val.txt", { 'val.txt': `${image(3)} 2\n${image(1)} 3\n${image(2)} 0\n` }],
    [
      "Tiny ImageNet's val_annotations.txt, in val",
      {
        'val/val_annotations.txt': `${image(1)}\tn02119789\t0\t0\t9\t9\n${image(2)}\tn01440764\t0\t0\t9\t9\n${image(3)}\tn02100735\t0\t0\t9\t9\n`,
      },
    ],
    [
      "Kaggle's LOC_val_solution.csv",
      {
        'LOC_val_solution.csv':
          'ImageId,PredictionString\r\nILSVRC2012_val_00000003,n02100735 85 1 499 272 \r\n' +
          'ILSVRC2012_val_00000001,n02119789 1 2 3 4 n02119789 5 6 7 8 \r\nILSVRC2012_val_00000002,n01440764 1 2 3 4 \r\n',
      },
    ],
    [
      "TensorFlow models' list of labels",
      { 'imagenet_2012_validation_synset_labels.txt': 'n02119789\nn01440764\nn02100735\n' },
    ],
    [
      'the list of numbers with synsets.txt',
      {
        [LIST]: '1\n4\n2\n',
        'synsets.txt': 'n02119789 kit fox\nn02100735\nn02096294\nn01440764\n',
      },
    ],
  ])('gets its classes from %s', (_title, files) => {
    expect(labelsOf(flatFolder(files))).toEqual(EXPECTED);
  });

  it.each([['meta.mat'], ['val/meta.mat'], ['ILSVRC2012_devkit_t12/data/meta.mat']])(
    'gets its classes from the list of numbers with %s',
    (path) => {
      const list = join(dirname(path), LIST);
      expect(labelsOf(withTable(flatFolder({ [list]: '1\n4\n2\n' }), path))).toEqual(EXPECTED);
    },
  );

  it('gets its classes from the list of Kaggle above ILSVRC/Data/CLS-LOC', () => {
    const top = temporaryFolder();
    writeFileIn(top, 'LOC_val_solution.csv', 'ImageId,PredictionString\nv1,b 1 2 3 4\n');
    for (const path of ['train/a/1.JPEG', 'train/b/1.JPEG', 'val/v1.JPEG'])
      writeFileIn(top, `ILSVRC/Data/CLS-LOC/${path}`, 'x');
    expect(labelsOf(join(top, 'ILSVRC/Data/CLS-LOC'))).toEqual([1]);
  });

  it('may have names with spaces if tabs separate the columns', () => {
    const folder = flatFolder({ 'val.tsv': `a b.jpg\tn02100735\n${image(1)}\tn02119789\n` });
    writeFileIn(folder, 'val/a b.jpg', 'x');
    expect(() => openFolder(folder)).toThrow(`has no line for val/${image(2)}`);
    writeFileIn(
      folder,
      'val.tsv',
      `a b.jpg\tn02100735\n${[1, 2, 3].map((number) => `${image(number)}\tn02119789\n`).join('')}`,
    );
    expect(labelsOf(folder)).toEqual([3, 3, 3, 2]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['no list', {}, /val has images without class folders.* expected one of val\.txt, /],
    [
      'too few lines',
      { 'synset_labels.txt': 'n02119789\n' },
      /synset_labels.txt has 1 lines, expected 3, one per image: add or remove lines or images$/,
    ],
    [
      'too many numbers',
      { [LIST]: '1\n2\n3\n4\n', 'synsets.txt': 'n02119789\nn02100735\nn02096294\nn01440764\n' },
      /ground_truth.txt has 4 lines, expected 3, one per image: add or remove lines or images$/,
    ],
    [
      'a class that is missing in train',
      { 'synset_labels.txt': 'n02119789\nn09999999\nn02100735\n' },
      /synset_labels.txt has the class n09999999 in line 2, which is missing in train$/,
    ],
    [
      'numbers without a table',
      { [LIST]: '1\n4\n2\n' },
      /class numbers of ILSVRC2012: add the development kit's meta.mat beside it, or synsets.txt/,
    ],
    [
      'a number out of range',
      { [LIST]: '1\n5\n2\n', 'synsets.txt': 'n02119789\nn02100735\nn02096294\nn01440764\n' },
      /ground_truth.txt has the class number 5, which is missing in \S+synsets.txt: expected both files from the same development kit$/,
    ],
    [
      "Caffe's synsets.txt, whose order is another",
      { [LIST]: '1\n4\n2\n', 'synsets.txt': `${CLASSES.join('\n')}\n` },
      /synsets.txt is sorted by id, but the class numbers of ILSVRC2012 have another order/,
    ],
    [
      'a meta.mat that is not a MATLAB file',
      { [LIST]: '1\n4\n2\n', 'meta.mat': 'hello' },
      /^cannot read \S+meta.mat: it is not a MATLAB file: unpack the development kit again$/,
    ],
  ])('is refused with exit code 65 for %s', (_title, files, message) => {
    const folder = flatFolder(files);
    expect(() => openFolder(folder)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) as string, exitCode: 65 }),
    );
  });
});

describe('a flat folder beside a validation folder', () => {
  /** Flat folders val and test with the same names. */
  function withTest(files: Readonly<Record<string, string>>): string {
    const folder = flatFolder(files);
    for (const number of [1, 2, 3]) writeFileIn(folder, `test/${image(number)}`, 'x');
    return folder;
  }
  const list = (ids: readonly string[]): string => ids.map((id, i) => `${image(i + 1)} ${id}\n`).join('');
  const testLabels = (folder: string): number[] => [
    ...openFolder(folder, undefined, { validation: 'test' }).validation.labels,
  ];
  const val = list([CLASSES[3]!, CLASSES[0]!, CLASSES[2]!]);

  it.each([['val.txt'], ['synset_labels.txt'], [LIST]])('does not take the labels of %s, which are for val', (name) => {
    const folder = withTest({ [name]: val });
    expect(() => testLabels(folder)).toThrow(expect.objectContaining({ exitCode: 65 }) as Error);
  });

  it('takes those of test.txt, which do not contradict val.txt', () => {
    const folder = withTest({ 'val.txt': val, 'test.txt': list([CLASSES[1]!, CLASSES[1]!, CLASSES[0]!]) });
    expect(testLabels(folder)).toEqual([1, 1, 0]);
    expect(labelsOf(folder)).toEqual(EXPECTED);
  });

  it('takes a list in its own folder', () => {
    const folder = withTest({ 'test/synset_labels.txt': `${CLASSES[2]}\n${CLASSES[2]}\n${CLASSES[0]}\n` });
    expect(testLabels(folder)).toEqual([2, 2, 0]);
  });

  it.each([['meta.mat'], ['test/meta.mat'], ['ILSVRC2012_devkit_t12/data/meta.mat']])(
    'takes the numbers in its own folder with %s, which belongs to no split',
    (path) => {
      const folder = withTable(withTest({ 'val.txt': val, [`test/${LIST}`]: '2\n2\n4\n' }), path);
      expect(testLabels(folder)).toEqual([2, 2, 0]);
    },
  );

  it('names the lists that count, and where', () => {
    expect(() => testLabels(withTest({ 'val.txt': val }))).toThrow(
      /expected one of test\.txt, test\.tsv, test\.csv, test_annotations\.txt in \S+, or one of test\.txt, .*synset_labels\.txt, \S+ in \S+test$/,
    );
  });
});

describe('an image whose name has a backslash', () => {
  it('is found in a list', () => {
    const folder = temporaryFolder();
    for (const id of ['ape', 'bee']) writeFileIn(folder, `train/${id}/1.jpg`, 'x');
    for (const name of ['a\\0.jpg', '1.jpg']) writeFileIn(folder, `val/${name}`, 'x');
    writeFileIn(folder, 'val.txt', 'a\\0.jpg bee\n1.jpg ape\n');
    expect(labelsOf(folder)).toEqual([0, 1]);
  });
});
