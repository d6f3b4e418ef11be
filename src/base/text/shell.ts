/**
 * Quotes a word for a POSIX shell: unchanged if it contains only letters, digits and harmless characters, otherwise in single
 * quotes. A single quote inside becomes `'\''`.
 */
export const shellQuote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
