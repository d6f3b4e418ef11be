import { describe, expect, it } from 'vitest';
import { animals, classesOf, expected, expectRefusal } from './flat-folder.ts';

describe('the rows of a list of labels', () => {
  it.each<[string, string | Uint8Array, string?]>([
    ['a space', 'v0.png dog\nv1.png eel\nv2.png cat\n'],
    ['several spaces and Windows line ends', 'v0.png   dog\r\nv1.png \t eel\r\n\r\nv2.png cat  '],
    ['tabs', 'v2.png\tcat\nv0.png\tdog\nv1.png\teel\n', 'val.tsv'],
    ['several tabs', 'v2.png\t\tcat\nv0.png\t\tdog\nv1.png\t\teel\n', 'val.tsv'],
    ['commas', 'v0.png,dog\nv1.png, eel\nv2.png,cat\n', 'val.csv'],
    ['commas and a heading', 'filename,label\nv0.png,dog\nv1.png,eel\nv2.png,cat\n', 'val.csv'],
    ['quotes as in RFC 4180', '"image","class"\r\n"v0.png","dog"\r\n"v1.png","eel"\r\n"v2.png","cat"\r\n', 'val.csv'],
    [
      'semicolons and a byte order mark, as spreadsheets write them',
      '\ufeffDatei;Label\r\nv0.png;dog\r\nv1.png;eel\r\nv2.png;cat\r\n;\r\n',
      'val.csv',
    ],
    [
      'UTF-16, as spreadsheets write it',
      Buffer.from('\ufeffimage\tlabel\r\nv0.png\tdog\r\nv1.png\teel\r\nv2.png\tcat\r\n', 'utf16le'),
      'val.tsv',
    ],
    ['names without endings', 'id,breed\nv0,dog\nv1,eel\nv2,cat\n', 'val.csv'],
    ['a row number first', ',filename,label\n0,v0.png,dog\n1,v1.png,eel\n2,v2.png,cat\n', 'val.csv'],
    ['the class first', 'label,image\ndog,v0.png\neel,v1.png\ncat,v2.png\n', 'val.csv'],
    [
      'more columns than image and class',
      'image_id,width,label,fold\nv0.png,10,dog,1\nv1.png,11,eel,0\nv2.png,12,cat,2\n',
      'val.csv',
    ],
    [
      'boxes after the class',
      'v0.png\tdog\t0\t1\t2\t0\nv1.png\teel\t0\t1\t2\t1\nv2.png\tcat\t0\t1\t2\t2\n',
      'val/val_annotations.txt',
    ],
    [
      "Kaggle's boxes",
      'ImageId,PredictionString\nv0,dog 1 2 3 4 dog 5 6 7 8 \nv1,eel 1 2 3 4 \nv2,cat 1 2 3 4 \n',
      'LOC_val_solution.csv',
    ],
  ])('are read with %s', (_title, list, name = 'val.txt') => {
    expect(classesOf({ ...animals, list, name })).toEqual(expected);
  });

  it.each([
    ['tabs', 'v0.png\tBanana\nv1.png\tBanana Red\n'],
    ['spaces', 'v0.png Banana\nv1.png  Banana Red\n'],
    ['commas', 'v0.png,Banana\nv1.png,Banana Red\n'],
  ])('keep spaces in the name of a class after %s', (_title, list) => {
    const layout = { classes: ['Banana', 'Banana Red'], images: ['v0.png', 'v1.png'], list };
    expect(classesOf(layout)).toEqual(['Banana', 'Banana Red']);
  });

  it('keep spaces in the name of a file, and separators in quotes', () => {
    const images = ['a b.png', 'c.png'];
    expect(classesOf({ ...animals, images, list: 'a b.png dog\nc.png eel\n' })).toEqual(['dog', 'eel']);
    const classes = ['black, white', 'say "hi"'];
    const list = 'a b.png,"black, white"\nc.png,"say ""hi"""\n';
    expect(classesOf({ classes, images, list, name: 'val.csv' })).toEqual(classes);
  });

  it('with two possible columns for the class are refused, unless both agree', () => {
    const list = (last: string) => `v0.png,dog,1\nv1.png,eel,${last}\nv2.png,cat,0\n`;
    expectRefusal(
      { ...animals, list: list('1'), name: 'val.csv' },
      /val\.csv can be read in two ways: .*column 2.*val\/v1\.png is "eel".*column 3.*val\/v1\.png is "dog"/,
    );
    expect(classesOf({ ...animals, list: list('2'), name: 'val.csv' })).toEqual(expected);
  });

  it.each([
    ['a row without a class', 'v0.png dog\nv1.png\nv2.png cat\n', /has no class in line 2/],
    ['no rows', '\n', /has no class: expected an image and its class in each line/],
    ['a heading only', 'file,label\n', /has no class/],
    ['bytes that are not text', Buffer.from([0x76, 0xff, 0xff]), /:1:2: the byte 0xFF is not UTF-8 text/],
    ['half a letter of UTF-16', Buffer.from([0xff, 0xfe, 0x76]), /starts like UTF-16 text and is damaged/],
  ])('are refused with %s', (_title, list, message) => {
    expectRefusal({ ...animals, list }, message);
  });
});

describe('the images that a list names', () => {
  const two = { classes: ['cat', 'dog'] };

  it('are distinguished by their folders', () => {
    const images = ['images/d1/001.png', 'images/d2/001.png'];
    for (const prefix of ['', 'images/', 'val/images/', './val/images/', '/old/place/val/images/']) {
      const list = `${prefix}d2/001.png dog\n${prefix}d1/001.png cat\n`;
      expect(classesOf({ ...two, images, list })).toEqual(['cat', 'dog']);
    }
    // With another folder, the names alone do not match.
    expectRefusal({ ...two, images, list: 'd3/001.png dog\nd1/001.png cat\n' }, /d3\/001\.png in line 1/);
  });

  it('may be Windows paths', () => {
    const list = 'val\\a\\1.png dog\nval\\b\\1.png cat\n';
    expect(classesOf({ ...two, images: ['a/1.png', 'b/1.png'], list })).toEqual(['dog', 'cat']);
  });

  it('keep their endings', () => {
    const images = ['a.jpg', 'a.png'];
    expect(classesOf({ ...two, images, list: 'a.png cat\na.jpg dog\n' })).toEqual(['dog', 'cat']);
    expectRefusal(
      { ...two, images, list: 'a cat\nb dog\n' },
      /has the image a in line 1, which could be more than one image/,
    );
    expectRefusal(
      { ...two, images: ['a.png'], list: 'a.jpg cat\n' },
      /has the image a\.jpg in line 1, which does not exist/,
    );
  });

  it('are found in either form of Unicode', () => {
    const layout = { classes: ['\u00c4pfel', 'dog'], images: ['u\u0308.png', 'v.png'] };
    const list = '\u00fc.png A\u0308pfel\nv.png dog\n';
    expect(classesOf({ ...layout, list })).toEqual(['\u00c4pfel', 'dog']);
  });

  it.each([
    [
      'twice',
      'v0.png cat\nv1.png dog\nv2.png cat\nv0.png dog\n',
      /has val\/v0\.png twice: as cat in line 1, as dog in line 4/,
    ],
    ['twice with the same class', 'v0.png cat\nv1.png dog\nv2.png cat\nval/v0.png cat\n', /v0\.png/],
    ['not at all', 'v0.png cat\n', /has no line for val\/v1\.png and 1 more/],
    [
      'although they do not exist',
      'v0.png cat\nv1.png dog\nv2.png cat\nv9.png cat\n',
      /has the image v9\.png in line 4, which does not exist/,
    ],
    [
      'by a name that several images have',
      'v0.png cat\nv1.png dog\nv2.png cat\n001.png cat\n',
      /001\.png in line 4, which could be more than one/,
      ['a/001.png', 'b/001.png'],
    ],
  ])('are refused if they are named %s', (_title, list, message, more: string[] = []) => {
    expectRefusal({ ...animals, images: [...animals.images, ...more], list }, message);
  });

  it('that do not exist are not read as a heading', () => {
    expectRefusal(
      { ...animals, list: 'image_9.png bird\nv0.png cat\nv1.png dog\nv2.png cat\n' },
      /image_9\.png in line 1/,
    );
  });
});

describe('labels that are numbers', () => {
  const images = ['v0.png', 'v1.png', 'v2.png'];
  const rows = (...labels: (number | string)[]): string => labels.map((label, i) => `v${i}.png ${label}\n`).join('');

  it.each<[string, string[], (number | string)[], string[]]>([
    ['positions from 0', ['a', 'b', 'c'], [2, 0, 1], ['c', 'a', 'b']],
    ['positions if not all are names', ['1', '2', '3'], [0, 1, 2], ['1', '2', '3']],
    ['names if not all are positions', ['1', '2', '3'], [3, 1, 2], ['3', '1', '2']],
    ['names that are positions too', ['0', '1', '2'], [2, 0, 1], ['2', '0', '1']],
    ['names without their leading zeros', ['00', '05', '10'], [5, 0, 10], ['05', '00', '10']],
    ['positions from 1 if no other reading fits', ['a', 'b', 'c'], [1, 2, 3], ['a', 'b', 'c']],
  ])('are %s', (_title, classes, labels, result) => {
    expect(classesOf({ classes, images, list: rows(...labels) })).toEqual(result);
  });

  it.each([
    ['is_dog', 'filename,is_dog\nv0.png,0\nv1.png,1\nv2.png,0\n', 'val.csv'],
    ['blurry', 'filename blurry\nv0.png 0\nv1.png 1\nv2.png 0\n', 'val.txt'],
  ])('are refused under the heading %s, unless `labels` is set', (heading, list, name) => {
    const layout = { classes: ['cat', 'dog'], images, list, name };
    expectRefusal(layout, new RegExp(`has numbers under "${heading}", which may be numbers of classes or not`));
    expect(classesOf(layout, { labels: 'positions' })).toEqual(['cat', 'dog', 'cat']);
    expect(classesOf({ ...layout, list: list.replace(heading, 'label') })).toEqual(['cat', 'dog', 'cat']);
  });

  it.each<[string, string[], (number | string)[], RegExp]>([
    [
      'names and positions',
      ['1', '2', '3'],
      [1, 2, 1],
      /class names: val\/v0\.png is "1" \(labels: names\); or labels as positions from 0 .*: val\/v0\.png is "2" \(labels: positions\)/,
    ],
    [
      'positions from 0 and from 1',
      ['a', 'b', 'c', 'd'],
      [1, 2, 1],
      /from 0 .*v0\.png is "b".*from 1 .*v0\.png is "a" \(labels: positionsFromOne\)/,
    ],
    [
      'positions in sorted and in natural order',
      ['c1', 'c2', 'c10'],
      [0, 1, 2],
      /sorted by name: val\/v1\.png is "c10".*in natural order: val\/v1\.png is "c2"/,
    ],
    ['positions with upper case first or not', ['Bee', 'ape', 'cat'], [0, 1, 2], /v0\.png is "Bee".*v0\.png is "ape"/],
  ])('are refused if they can be %s', (_title, classes, labels, message) => {
    expectRefusal({ classes, images, list: rows(...labels) }, message);
  });

  it('are read as `labels` of the config says', () => {
    const layout = { classes: ['1', '2', '3'], images, list: rows(1, 2, 1) };
    expect(classesOf(layout, { labels: 'names' })).toEqual(['1', '2', '1']);
    expect(classesOf(layout, { labels: 'positions' })).toEqual(['2', '3', '2']);
    expect(classesOf(layout, { labels: 'positionsFromOne' })).toEqual(['1', '2', '1']);
    expectRefusal({ ...layout, list: rows(0, 1, 2) }, /has the class 0 in line 1/, { labels: 'names' });
  });

  it('are refused if classes.tsv has another order than the names, unless it numbers the classes', () => {
    const layout = { classes: ['a', 'b'], images: ['v0.png', 'v1.png'], list: rows(0, 1) };
    const tsv = (text: string) => ({ ...layout, extra: { 'classes.tsv': text } });
    expectRefusal(
      tsv('b\tBee\na\tApe\n'),
      /as in classes\.tsv: val\/v0\.png is "b" \(labels: positions\); or .* sorted by name: val\/v0\.png is "a"/,
    );
    expect(classesOf(tsv('b\tBee\na\tApe\n'), { labels: 'positions' })).toEqual(['b', 'a']);
    expect(classesOf(tsv('1\tb\n0\ta\n'))).toEqual(['a', 'b']);
    expect(classesOf({ ...tsv('2\tb\n1\ta\n'), list: rows(2, 1) })).toEqual(['b', 'a']);
    expect(classesOf(tsv('a\tApe\nb\tBee\n'))).toEqual(['a', 'b']);
  });

  it.each<[string, (number | string)[], RegExp]>([
    ['too large', [0, 1, 3], /has the class number 3 in line 3, .* expected 3 classes, from 0 to 2/],
    ['among names', ['a', 1, 'b'], /has the class 1 in line 2, which is missing in train/],
    ['negative', [0, -1, 2], /has the class number -1 in line 2/],
    ['similar to a class', ['a', 'bb', 'b'], /has the class bb in line 2.*did you mean "b"\?/],
  ])('are refused if one is %s', (_title, labels, message) => {
    expectRefusal({ classes: ['a', 'b', 'c'], images, list: rows(...labels) }, message);
  });
});
