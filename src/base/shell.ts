/**
 * A word as a POSIX shell takes it: unchanged where it holds only letters, digits and harmless signs, else in single
 * quotes. A quote inside ends the quotation, stands escaped, and begins it again.
 */
export const shellQuote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
