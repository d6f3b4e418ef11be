import { expect } from 'vitest';
import { openFolder } from '../../../../src/data/sources/folder.ts';
import type { FolderOptions } from '../../../../src/data/sources/folder.ts';
import { temporaryFolder, writeFileIn } from '../../images.ts';

/** A dataset with a flat validation folder and a list of labels. */
export interface Layout {
  readonly classes: readonly string[];
  /** Validation images, relative to val. */
  readonly images: readonly string[];
  readonly list: string | Uint8Array;
  readonly name?: string;
  readonly extra?: Readonly<Record<string, string>>;
}

function writeDataset({ classes, images, list, name: listName = 'val.txt', extra = {} }: Layout): string {
  const folder = temporaryFolder();
  for (const name of classes) writeFileIn(folder, `train/${name}/t.png`, 'x');
  for (const image of images) writeFileIn(folder, `val/${image}`, 'x');
  for (const [path, text] of Object.entries(extra)) writeFileIn(folder, path, text);
  writeFileIn(folder, listName, list);
  return folder;
}

/** The class of every validation image, in the order of the images' paths. */
export function classesOf(layout: Layout, options: FolderOptions = {}): string[] {
  const { classes, validation } = openFolder(writeDataset(layout), undefined, options);
  return [...validation.labels].map((label) => classes[label]!);
}

export const expectRefusal = (layout: Layout, message: RegExp, options: FolderOptions = {}): void => {
  const folder = writeDataset(layout);
  expect(() => openFolder(folder, undefined, options)).toThrow(
    expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string }),
  );
};

export const animals = { classes: ['cat', 'dog', 'eel'], images: ['v0.png', 'v1.png', 'v2.png'] };
/** The labels in the lists of these tests. */
export const expected = ['dog', 'eel', 'cat'];
