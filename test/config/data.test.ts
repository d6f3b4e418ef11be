import { describe, expect, it } from 'vitest';
import { dataSchema } from '../../src/config/data.ts';

const messagesOf = (data: object): string[] =>
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
  ])('takes %j', (data) => {
    expect(messagesOf(data)).toEqual([]);
  });

  it.each([
    [{ source: 'folder' }, 'path: folder needs the path of a folder'],
    [{ source: 'pack' }, 'path: pack needs the path of a pack file'],
    [{ source: 'synthetic', path: 'f' }, 'path: synthetic takes no path'],
    [{ source: 'cifar10', classes: 3 }, 'classes: only synthetic takes a number of classes'],
    [{ source: 'pack', path: 'f', labels: 'names' }, 'labels: only a folder has a list of labels'],
    [
      { source: 'pack', path: 'f', validation: 'test' },
      'validation: only a folder takes the name of a folder for validation',
    ],
    [
      { source: 'folder', path: 'f', validation: 'a/b' },
      'validation: expected the name of a folder in the dataset, without "/"',
    ],
    [
      { source: 'folder', path: 'f', validation: 'test', validationFraction: 0.1 },
      'validation: excludes validationFraction: the images are in a folder or held out',
    ],
  ])('refuses %j', (data, message) => {
    expect(messagesOf(data)).toEqual([message]);
  });
});
