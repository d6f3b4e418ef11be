import { describe, expect, it } from 'vitest';
import { editDistance, nearest, suggestion } from '../../../src/base/text/nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', 'abc', 3],
    ['resnet18', 'resnet18', 0],
    ['resnet18', 'resnet81', 1],
    ['alexnet', 'alxnet', 1],
    ['vgg11', 'vgg16', 1],
    ['kitten', 'sitting', 3],
  ])('from "%s" to "%s" is %i, and the same in reverse', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('nearest', () => {
  it('ignores case and hyphens', () => {
    expect(nearest('MobileNet-v1', ['mobilenet_v2', 'mobilenet_v1'])[0]).toBe('mobilenet_v1');
  });

  it('lists all words if none is similar', () => {
    expect(suggestion('transformer', ['alexnet', 'vgg11'])).toBe('expected one of: alexnet, vgg11');
  });
});
