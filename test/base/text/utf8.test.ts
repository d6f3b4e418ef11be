import { expect, it } from 'vitest';
import { findNotUtf8 } from '../../../src/base/text/utf8.ts';

it('accepts UTF-8, also the replacement character itself', () => {
  for (const text of ['seed: 1\n', '# caf\u00e9 \ufffd \u{1f600}\n', ''])
    expect(findNotUtf8('run.yaml', Buffer.from(text))).toBeUndefined();
});

it.each([
  ['in the first line', [0x61, 0xe9, 0x0a], 'run.yaml:1:2: the byte 0xE9 is not UTF-8 text'],
  [
    'after a letter of two bytes in the second line',
    [0x0a, 0xc3, 0xa9, 0xe9, 0x0a],
    'run.yaml:2:2: the byte 0xE9 is not UTF-8 text',
  ],
  ['at the cut end', [0x61, 0xc3], 'run.yaml:1:2: the byte 0xC3 is not UTF-8 text'],
  ['at an end like U+FFFD', [0xef, 0xbf], expect.stringMatching(/^run\.yaml:1:\d: the byte 0xBF is not UTF-8 text/)],
  ['UTF-16, little-endian', [0xff, 0xfe, 0x61, 0], 'run.yaml is UTF-16 text, expected UTF-8'],
  ['UTF-16, big-endian', [0xfe, 0xff, 0, 0x61], 'run.yaml is UTF-16 text, expected UTF-8'],
])('names the first other byte: %s', (_case, bytes, problem) => {
  expect(findNotUtf8('run.yaml', Buffer.from(bytes))).toEqual(problem);
});
