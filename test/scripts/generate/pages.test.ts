import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageFile } from '../../../src/base/home.ts';
import { generatedPages } from '../../../scripts/generate/pages.ts';
import { commentedObjects, commentOn } from '../../../scripts/generate/comments.ts';

describe('generated pages', async () => {
  it.each([...(await generatedPages())])('%s is current: else run `npm run docs`', (path, text) => {
    expect(readFileSync(packageFile(path), 'utf8')).toBe(text);
  });
});

it('finds the comment of a key by the other keys of its object', () => {
  const objects = commentedObjects(packageFile('src/config'));
  const keys = ['batch', 'epochs', 'learningRate', 'warmupEpochs', 'warmupStart', 'schedule'];
  expect(commentOn(objects, keys, 'batch')).toBe('Images per training step.');
  expect(commentOn(objects, ['batch', 'colour', 'size', 'weight', 'taste', 'age'], 'batch')).toBe('');
});
