import { describe, expect, it } from 'vitest';
import { dataSchema } from '../../src/config/data.ts';

const problemsOf = (data: object): string[] =>
  (dataSchema.safeParse({ input: 32, ...data }).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('dataSchema', () => {
  it.each([
    [{ source: 'cifar10' }],
    [{ source: 'cifar10', path: 'cifar-10-batches-bin' }],
    [{ source: 'folder', path: 'f', validation: 'seg_test', labels: 'names' }],
    [{ source: 'folder', path: 'f', validationFraction: 0.1 }],
    [{ source: 'synthetic', classes: 3 }],
  ])('accepts %j', (data) => {
    expect(problemsOf(data)).toEqual([]);
  });

  it.each([
    [{ source: 'folder' }, 'path: is missing: source folder needs the path of a folder'],
    [{ source: 'pack' }, 'path: is missing: source pack needs the path of a pack file'],
    [{ source: 'synthetic', path: 'f' }, 'path: is only for sources that read files: remove it for source synthetic'],
    [{ source: 'cifar10', classes: 3 }, 'classes: is only for source: synthetic'],
    [{ source: 'pack', path: 'f', labels: 'names' }, 'labels: is only for source: folder'],
    [{ source: 'pack', path: 'f', validation: 'test' }, 'validation: is only for source: folder'],
    [
      { source: 'folder', path: 'f', validation: 'a/b' },
      'validation: expected the name of a folder in the dataset folder, without "/"',
    ],
    [
      { source: 'folder', path: 'f', validation: 'test', validationFraction: 0.1 },
      'validation: cannot be combined with validationFraction: remove one of them',
    ],
  ])('refuses %j', (data, message) => {
    expect(problemsOf(data)).toEqual([message]);
  });
});
