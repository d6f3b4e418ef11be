import { join } from 'node:path';
import { expect, it } from 'vitest';
import { refuseNonImages } from '../../src/data/first-bytes.ts';
import { openFolder } from '../../src/data/sources/folder.ts';
import { shareBytes, shareInts, shareNames, type Split } from '../../src/data/store.ts';
import { imageBytes, imageFolder, writeFileIn } from './images.ts';

const splitsOf = (folder: string): Split[] => {
  const { train, validation } = openFolder(folder);
  return [train, validation];
};

it('accepts images of every kind, also damaged ones: decoding finds damage', async () => {
  const folder = await imageFolder({ a: { train: 2, val: 1 } });
  const jpeg = await imageBytes(20, 20, 1);
  writeFileIn(folder, 'train/a/half.jpg', jpeg.subarray(0, jpeg.length / 2));
  writeFileIn(folder, 'train/a/png.jpg', await imageBytes(20, 20, 2, 'png'));
  await expect(refuseNonImages(splitsOf(folder))).resolves.toBeUndefined();
});

it('names the first file that is not an image, and counts the others of its split', async () => {
  const folder = await imageFolder({ a: { train: 2, val: 2 }, b: { train: 2, val: 2 } });
  const text = writeFileIn(folder, 'train/a/001.jpg', 'text');
  writeFileIn(folder, 'train/b/000.jpg', '');
  await expect(refuseNonImages(splitsOf(folder))).rejects.toMatchObject({
    exitCode: 65,
    message: `${text} is text, not an image: replace it with the image, or remove it (1 more file may be bad: \`doubletime data check ${folder}\` lists all)`,
  });
});

it('names a file of the validation split', async () => {
  const folder = await imageFolder({ a: { train: 2, val: 2 } });
  const empty = writeFileIn(folder, 'val/a/001.jpg', '');
  await expect(refuseNonImages(splitsOf(folder))).rejects.toMatchObject({
    exitCode: 65,
    message: `${empty} is empty (0 bytes): copy or download it again`,
  });
});

it('checks at most 5000 files of a split', async () => {
  const folder = join(import.meta.dirname, 'missing');
  const names = Array.from({ length: 20_000 }, (_, i) => `${i}.jpg`);
  const split: Split = {
    store: {
      kind: 'files',
      folder,
      names: shareNames(names),
      verified: shareBytes(new Uint8Array(names.length)),
    },
    indices: shareInts(names.map((_, i) => i)),
    labels: shareInts(names.map(() => 0)),
  };
  const error = (await refuseNonImages([split]).catch((caught: unknown) => caught)) as Error;
  // On a slow machine, the time limit ends the check earlier.
  expect(Number(/does not exist.* \((\d+) more files may be bad/.exec(error.message)?.[1])).toBeLessThan(5000);
});
