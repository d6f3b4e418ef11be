import { isUtf8 } from 'node:buffer';

const startsWith = (bytes: Uint8Array, ...first: readonly number[]): boolean =>
  first.every((byte, index) => bytes[index] === byte);

/** Whether bytes start with the byte order mark of UTF-16. */
const isUtf16 = (bytes: Uint8Array): boolean => startsWith(bytes, 0xff, 0xfe) || startsWith(bytes, 0xfe, 0xff);

/** The index of the first byte that is not part of UTF-8 text. */
function firstInvalidByte(bytes: Buffer): number {
  const decoded = Buffer.from(bytes.toString('utf8'));
  const at = bytes.findIndex((byte, index) => byte !== decoded[index]);
  return at < 0 ? bytes.length - 1 : at;
}

/** Why a file is not UTF-8 text, with file:line:column; undefined if it is. The text lacks how to fix it. */
export function findNotUtf8(file: string, bytes: Buffer): string | undefined {
  if (isUtf8(bytes)) return undefined;
  if (isUtf16(bytes)) return `${file} is UTF-16 text, expected UTF-8`;
  const at = firstInvalidByte(bytes);
  const lines = bytes.toString('utf8', 0, at).split('\n');
  const place = `${file}:${lines.length}:${lines.at(-1)!.length + 1}`;
  return `${place}: the byte 0x${bytes[at]!.toString(16).toUpperCase()} is not UTF-8 text`;
}
