import { isUtf8 } from 'node:buffer';
import { configError } from '../../base/errors.ts';

const startsWith = (bytes: Uint8Array, ...first: readonly number[]): boolean =>
  first.every((byte, index) => bytes[index] === byte);

const isUtf16 = (bytes: Uint8Array): boolean => startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff);

/** The index of the first byte that is not part of UTF-8 text. */
function firstInvalidByte(bytes: Buffer): number {
  const decoded = Buffer.from(bytes.toString('utf8'));
  const at = bytes.findIndex((byte, index) => byte !== decoded[index]);
  return at < 0 ? bytes.length - 1 : at;
}

/** @throws UserError exit code 78 with file:line:column if a config is not UTF-8 text. */
export function decodeConfig(file: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  if (isUtf16(bytes)) throw configError(`${file} is UTF-16 text, expected UTF-8: save it as UTF-8`);
  const at = firstInvalidByte(bytes);
  const lines = bytes.toString('utf8', 0, at).split('\n');
  const place = `${file}:${lines.length}:${lines.at(-1)!.length + 1}`;
  const byte = bytes[at]!.toString(16).toUpperCase();
  throw configError(`${place}: the byte 0x${byte} is not UTF-8 text: save the file as UTF-8`);
}
