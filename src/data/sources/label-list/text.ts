import { dataError } from '../../../base/errors.ts';
import { readList } from '../../file.ts';

/**
 * The text of a list in UTF-8, or in UTF-16 as spreadsheets write "Unicode text". Line ends become `\n`; a byte order mark is
 * removed.
 * @throws UserError exit code 65 if it cannot be read or is not text.
 */
export function readListText(file: string): string {
  const bytes = readList(file);
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    return text.replaceAll(/\r\n?/g, '\n');
  } catch (error) {
    throw dataError(`${file} is not UTF-8 text: save it as UTF-8`, error);
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/** The non-empty lines of a list, trimmed. */
export const readLines = (file: string): string[] =>
  readListText(file)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
