import { describe, expect, it } from 'vitest';
import { InvalidImageError } from '../../../src/data/decode/decode.ts';
import { decode } from './decoded.ts';

const file = (head: string, samples: readonly number[] = []): Buffer =>
  Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(samples)]);
const grey = (...values: number[]): number[] => values.flatMap((value) => [value, value, value]);

describe('a Netpbm image', () => {
  it.each<[string, Buffer, number[]]>([
    ['P1 with digits without spaces, where 1 is black', file('P1\n# made by hand\n3 1\n101'), grey(0, 255, 0)],
    [
      'P4 with a row of 9 bits in two bytes',
      file('P4 9 1\n', [0b1000_0001, 0b1000_0000]),
      grey(0, 255, 255, 255, 255, 255, 255, 0, 0),
    ],
    ['P2 with a maximum of 4', file('P2\n3 1\n4\n0 1 4\n'), grey(0, 64, 255)],
    ['P5 with 255', file('P5\n3 1\n255\n', [0, 100, 255]), grey(0, 100, 255)],
    ['P5 with 65535 and two bytes per sample', file('P5 2 1 65535\n', [0x80, 0x00, 0xff, 0xff]), grey(128, 255)],
    ['P3 with comments', file('P3 1 # width\n1\n# maximum\n255\n1 #red\n2 3'), [1, 2, 3]],
    ['P6 with 255', file('P6\n1 2\n255\n', [1, 2, 3, 4, 5, 6]), [1, 2, 3, 4, 5, 6]],
    ['P6 with 1023', file('P6\n1 1\n1023\n', [0, 0, 2, 0, 3, 255]), [0, 128, 255]],
    ['P6 with 100, where halves are rounded to the even number', file('P6\n1 1\n100\n', [10, 30, 50]), [26, 76, 128]],
    ['P6 with the line ends of Windows', file('P6\r\n1 1\r\n255\r\n', [7, 8, 9]), [7, 8, 9]],
    ['P6 with a comment after the maximum', file('P6 1 1 255#x\n', [7, 8, 9]), [7, 8, 9]],
  ])('of type %s is decoded', async (_title, bytes, pixels) => {
    expect((await decode(bytes)).pixels).toEqual(pixels);
  });

  it.each<[string, Buffer, RegExp]>([
    ['is truncated', file('P6\n2 2\n255\n', [1, 2, 3]), /^is truncated/],
    ['is truncated in its numbers', file('P3\n2 2\n255\n1 2 3'), /^is truncated/],
    ['has a word for a number', file('P3\n1 1\n255\n1 x 3'), /"x 3" at byte 13 is not a number/],
    ['has a value above its maximum', file('P2\n1 1\n9\n10'), /has the sample 10, above its maximum 9/],
    ['has a maximum of 0', file('P5\n1 1\n0\n', [0]), /has the maximum sample 0, expected 1 to 65535/],
    ['has 50,000 x 50,000 pixels', file('P5\n50000 50000\n255\n'), /^is too large/],
    ['has no pixels', file('P5\n0 5\n255\n'), /^has no pixels: 0 x 5/],
  ])('that %s is refused', async (_title, bytes, reason) => {
    const failure = decode(bytes);
    await expect(failure).rejects.toBeInstanceOf(InvalidImageError);
    await expect(failure).rejects.toThrow(reason);
  });
});
