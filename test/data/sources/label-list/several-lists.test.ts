import { describe, expect, it } from 'vitest';
import { animals, classesOf, expected, expectRefusal } from './flat-folder.ts';

describe('several lists of labels', () => {
  const rows = (first: string): string => `v0.png ${first}\nv1.png eel\nv2.png cat\n`;

  it('are refused if they contradict each other', () => {
    expectRefusal(
      {
        ...animals,
        list: rows('dog'),
        extra: { 'val.csv': 'v0.png,cat\nv1.png,eel\nv2.png,cat\n' },
      },
      /val\.txt and \S+val\.csv contradict each other: val\/v0\.png is "dog" or "cat"/,
    );
    const same = {
      'val.csv': 'v0.png,dog\nv1.png,eel\nv2.png,cat\n',
      'synset_labels.txt': 'dog\neel\ncat\n',
    };
    expect(classesOf({ ...animals, list: rows('dog'), extra: same })).toEqual(expected);
  });

  it('are compared to class folders', () => {
    const layout = { classes: ['0', '1'], images: ['0/a.png', '1/b.png'] };
    expectRefusal(
      { ...layout, list: 'a.png 1\nb.png 0\n' },
      /the folders of \S+val and \S+val\.txt contradict each other: val\/0\/a\.png is "0" or "1"/,
    );
    expect(classesOf({ ...layout, list: '0/a.png 0\n1/b.png 1\n' })).toEqual(['0', '1']);
    expect(classesOf({ ...layout, list: 'of another dataset\n' })).toEqual(['0', '1']);
  });

  it('of labels in the order of the images are refused if this order is ambiguous', () => {
    const layout = {
      classes: ['a', 'b'],
      images: ['v1.png', 'v2.png', 'v10.png'],
      name: 'synset_labels.txt',
    };
    expectRefusal({ ...layout, list: 'a\nb\na\n' }, /the images sorted by name, .*the images in natural order/);
    expect(classesOf({ ...layout, list: 'a\na\na\n' })).toEqual(['a', 'a', 'a']);
  });
});
