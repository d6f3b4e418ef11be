import type { Writable } from 'node:stream';

/**
 * Characters that control a terminal or change how other text is displayed: C0 and C1 controls, DEL, characters for the
 * direction of text, line separators, and characters that XML forbids.
 */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex -- this pattern finds control characters
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g;

/** Escapes a character as JSON does, so that text in JSON keeps its value: `\u001b`. */
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const REPLACEMENT = '\ufffd';

/** Replaces every unprintable character, including line breaks, by the replacement character; for a name, a key or a value in one line. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, REPLACEMENT);

const isLayout = (character: string, next: string | undefined): boolean =>
  character === '\n' || character === '\t' || (character === '\r' && next === '\n');

const replaceInLines = (text: string, replace: (character: string) => string): string =>
  text.replaceAll(UNPRINTABLE, (character, at: number) =>
    isLayout(character, text[at + 1]) ? character : replace(character),
  );

/** Like `printable`, but line breaks and tabs stay; for text in a page or a drawing. */
export const printableText = (text: string): string => replaceInLines(text, () => REPLACEMENT);

/** Escapes unprintable characters as in JSON (`\u001b`), but line breaks and tabs stay; for text on a terminal, which may be JSON. */
export const printableLines = (text: string): string => replaceInLines(text, escaped);

/** Escapes every unprintable character as in JSON, so that the text is one line: a line break becomes `\n`, an escape `\u001b`. */
export const printableLine = (text: string): string =>
  text.replaceAll(UNPRINTABLE, (character) =>
    character > '\u007e' ? escaped(character) : JSON.stringify(character).slice(1, -1),
  );

type Stream = Pick<Writable, 'write'>;
const exactWrite = Symbol('exactWrite');
interface Cleaned extends Stream {
  [exactWrite]?: Writable['write'];
}

/** Makes every text that is written to the stream go through `printableLines`; bytes stay unchanged. */
export function cleanWrites(stream: Stream & Cleaned): void {
  if (stream[exactWrite]) return;
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream[exactWrite] = write;
  stream.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? printableLines(chunk) : chunk, ...rest);
}

/** The stream without the change of `cleanWrites`; for doubletime's own control sequences, and for data that must stay exact. */
export function exactly<Out extends object>(stream: Out): Out {
  const write = (stream as Cleaned)[exactWrite];
  return write ? (Object.create(stream, { write: { value: write } }) as Out) : stream;
}
