import { dataError } from '../../../base/errors.ts';
import { findNotUtf8 } from '../../../base/text/utf8.ts';
import { readDataFile } from '../../file.ts';

/**
 * Reads the text of a list in UTF-8, or in UTF-16, which spreadsheets call "Unicode text". Line ends become `\n`; a byte order
 * mark is removed.
 * @throws UserError exit code 65 if the file is missing or is not text; otherwise the exit code of the system error.
 */
export function readListText(file: string): string {
  const bytes = readDataFile(file, 'restore it, or remove the link to it');
  return decode(file, bytes).replaceAll(/\r\n?/g, '\n');
}

function decode(file: string, bytes: Buffer): string {
  const encoding = detectEncoding(bytes);
  const problem = encoding === 'utf-8' ? findNotUtf8(file, bytes) : undefined;
  if (problem !== undefined) throw dataError(`${problem}: save the file as UTF-8`);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw dataError(`${file} starts like UTF-16 text and is damaged: restore it, or save it as UTF-8`, error);
  }
}

function detectEncoding([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** The non-empty lines of a list, without spaces around them. @throws UserError as `readListText`. */
export const readLines = (file: string): string[] =>
  readListText(file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
