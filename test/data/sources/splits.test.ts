import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { imageName } from '../../../src/data/store.ts';
import { temporaryFolder, writeFileIn } from '../images.ts';

function folderOf(...files: string[]): string {
  const folder = temporaryFolder();
  for (const file of files) writeFileIn(folder, file, 'x');
  return folder;
}

const expectRefusal = (open: () => unknown, message: RegExp, exitCode = 65): void => {
  expect(open).toThrow(expect.objectContaining({ exitCode, message: expect.stringMatching(message) as string }));
};

/** Two classes in each of these folders. */
const splits = (...names: string[]): string =>
  folderOf(...names.flatMap((name) => [`${name}/ape/1.jpg`, `${name}/bee/1.jpg`]));

const firstImages = (folder: string, validation?: string): string[] => {
  const data = openFolder(folder, undefined, { validation });
  return [data.train, data.validation].map(({ store }) => imageName(store, 0).slice(folder.length + 1));
};

describe('the folders of the splits', () => {
  it.each([
    ['train', 'val'],
    ['Train', 'Val'],
    ['TRAIN', 'Validation'],
    ['train', 'valid'],
  ])('may be named %s and %s', (train, validation) => {
    expect(firstImages(splits(train, validation))).toEqual([`${train}/ape/1.jpg`, `${validation}/ape/1.jpg`]);
  });

  it.each([
    ['Training', 'Test'],
    ['seg_train', 'seg_test'],
    ['train', 'test'],
    ['Training', 'Validation'],
    ['train2017', 'val2017'],
    ['TrainSet', 'TestSet'],
    ['train_images', 'dev_images'],
  ])('are suggested by the error if they are %s and %s, and work as suggested', (train, validation) => {
    const folder = splits(train, validation);
    const hint = new RegExp(
      `but ${train} and ${validation}: use validation: ${validation} \\(--validation-split ${validation}\\)`,
    );
    expectRefusal(() => openFolder(folder), hint);
    expect(firstImages(folder, validation)).toEqual([`${train}/ape/1.jpg`, `${validation}/ape/1.jpg`]);
  });

  it('are train and val even if test exists too', () => {
    expect(firstImages(splits('train', 'test', 'val'))).toEqual(['train/ape/1.jpg', 'val/ape/1.jpg']);
  });

  it('give a warning if test images are used for validation', () => {
    const folder = splits('train', 'Test', 'val');
    expect(openFolder(folder).warnings).toBeUndefined();
    expect(openFolder(folder, undefined, { validation: 'test' }).warnings).toEqual([
      expect.stringMatching(/^the folder Test is used for validation/),
    ]);
  });

  it.each<[string, string[], string | undefined, RegExp, number]>([
    [
      'two for validation',
      ['train', 'val', 'valid'],
      undefined,
      /has the folders val and valid: choose one for validation, such as validation: val/,
      65,
    ],
    [
      'two for training',
      ['train', 'Train', 'val'],
      undefined,
      /has the folders \w+ and \w+: keep the one for training/,
      65,
    ],
    [
      'no folder of that name',
      ['train', 'val'],
      'tset',
      /has no folder tset for validation, expected one of its folders: train, val/,
      78,
    ],
    ['nothing to train on', ['one', 'two'], 'two', /has no folder train beside two/, 65],
  ])('are refused with %s', (_title, names, validation, message, exitCode) => {
    const folder = splits(...names);
    expectRefusal(() => openFolder(folder, undefined, { validation }), message, exitCode);
  });

  it('cannot be held out and in a folder at the same time', () => {
    const folder = splits('train', 'test');
    expectRefusal(
      () => openFolder(folder, { fraction: 0.5, seed: 0 }, { validation: 'test' }),
      /cannot be combined/,
      78,
    );
  });

  it('are found in the parent of a folder that is one split', () => {
    const folder = folderOf('train/a/1.jpg', 'train/b/1.jpg', 'val/a/1.jpg');
    for (const split of ['train', 'val'])
      expectRefusal(
        () => openFolder(join(folder, split)),
        new RegExp(`/${split} is one split of a dataset: use the path ${folder}$`),
      );
  });

  it.each([undefined, { fraction: 0.5, seed: 0 }])(
    'are searched in folders below, as archives often unpack',
    (holdOut) => {
      const folder = folderOf('ILSVRC/Data/CLS-LOC/train/n01/1.JPEG', 'ILSVRC/Annotations/x.xml');
      expectRefusal(
        () => openFolder(folder, holdOut),
        /has no folder train, but ILSVRC\/Data\/CLS-LOC has one: use the path \S+\/ILSVRC\/Data\/CLS-LOC/,
      );
    },
  );
});

describe('class folders', () => {
  const half = { fraction: 0.5, seed: 0 };

  it.each([
    ['Training', 'Test'],
    ['seg_train', 'seg_test'],
    ['ape', 'Testing'],
    ['ape', 'test'],
  ])('named %s and %s are refused', (...names) => {
    expectRefusal(() => openFolder(splits(...names), half), /has (a class folder|class folders) named /);
  });

  it('named valid below train are refused', () => {
    expectRefusal(
      () => openFolder(folderOf('train/valid/1.jpg', 'train/ape/1.jpg', 'val/ape/1.jpg')),
      /train has a class folder named valid: .* if they are classes, rename them/,
    );
  });

  it('may have the name of a split in their name', () => {
    const folder = folderOf('steam_train/1.jpg', 'steam_train/2.jpg', 'test-tube/1.jpg', 'test-tube/2.jpg');
    expect(openFolder(folder, half).classes).toEqual(['steam_train', 'test-tube']);
  });

  it('that are one level too deep are reported', () => {
    const folder = folderOf('seg_train/seg_train/ape/1.jpg', 'seg_test/seg_test/ape/1.jpg');
    expectRefusal(
      () => openFolder(folder, undefined, { validation: 'seg_test' }),
      /seg_train has only one folder, seg_train, which contains the class folders: move them up into \S+seg_train/,
    );
  });

  it('have the same name in both forms of Unicode', () => {
    const data = openFolder(folderOf('train/A\u0308pfel/1.jpg', 'val/\u00c4pfel/2.jpg'));
    expect(data.classes).toEqual(['A\u0308pfel']);
    expect([...data.validation.labels]).toEqual([0]);
    expectRefusal(
      () => openFolder(folderOf('train/A\u0308pfel/1.jpg', 'train/\u00c4pfel/1.jpg', 'val/\u00c4pfel/2.jpg')),
      /two folders named .* in two forms of Unicode/,
    );
  });

  it.each([
    [
      'capitals',
      'Ape',
      /val\/Ape is a class that is missing in train: ape has "a" \(U\+0061\) where Ape has "A" \(U\+0041\), at character 1/,
    ],
    ['a similar letter', '\u0430pe', /ape has "a" \(U\+0061\) where \u0430pe has "\u0430" \(U\+0430\)/],
    ['a space at the end', 'ape ', /ape has its end where ape {2}has \(U\+0020\), at character 4/],
  ])('with names that differ in %s are explained', (_title, name, message) => {
    expectRefusal(() => openFolder(folderOf('train/ape/1.jpg', `val/${name}/1.jpg`)), message);
  });
});

describe('ignored files', () => {
  it('are counted by ending, without hidden files', () => {
    const folder = folderOf(
      'train/ape/1.jpg',
      'train/ape/1.HEIC',
      'train/ape/deep/2.heic',
      'train/ape/.DS_Store',
      'train/ape/README',
      'train/loose.png',
      'val/ape/1.jpg',
      'val/ape/1.txt',
    );
    expect(openFolder(folder).ignoredFiles).toEqual({
      '.heic': 2,
      'no ending': 1,
      '.png in no class folder': 1,
      '.txt': 1,
    });
  });

  it('are reported if a class has no images', () => {
    const folder = folderOf('train/ape/1.heic', 'train/bee/1.jpg', 'val/bee/1.jpg');
    expectRefusal(
      () => openFolder(folder),
      /train\/ape has no images \(ignored files: 1 \.heic\): add images, or remove the folder/,
    );
  });
});
