import { expect, it } from 'vitest';
import { decodeConfig } from '../../../src/config/yaml/decode.ts';
import { UserError } from '../../../src/base/errors.ts';

it('decodes UTF-8, also the replacement character itself', () => {
  for (const text of ['seed: 1\n', '# caf\u00e9 \ufffd \u{1f600}\n', ''])
    expect(decodeConfig('run.yaml', Buffer.from(text))).toBe(text);
});

it.each([
  ['in the first line', [0x61, 0xe9, 0x0a], 'run.yaml:1:2: the byte 0xE9 is not UTF-8 text: save the file as UTF-8'],
  [
    'after a letter of two bytes in the second line',
    [0x0a, 0xc3, 0xa9, 0xe9, 0x0a],
    'run.yaml:2:2: the byte 0xE9 is not UTF-8 text: save the file as UTF-8',
  ],
  ['at the cut end', [0x61, 0xc3], 'run.yaml:1:2: the byte 0xC3 is not UTF-8 text: save the file as UTF-8'],
  ['at an end like U+FFFD', [0xef, 0xbf], /^run\.yaml:1:\d: the byte 0xBF is not UTF-8 text/],
  ['UTF-16, little-endian', [0xff, 0xfe, 0x61, 0], 'run.yaml is UTF-16 text, expected UTF-8: save it as UTF-8'],
  ['UTF-16, big-endian', [0xfe, 0xff, 0, 0x61], 'run.yaml is UTF-16 text, expected UTF-8: save it as UTF-8'],
])('refuses other bytes: %s', (_case, bytes, message) => {
  const decode = () => decodeConfig('run.yaml', Buffer.from(bytes));
  expect(decode).toThrow(message);
  expect(decode).toThrow(UserError);
  expect(decode).toThrow(expect.objectContaining({ exitCode: 78 }));
});
