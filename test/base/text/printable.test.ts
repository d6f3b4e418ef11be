import { describe, expect, it } from 'vitest';
import {
  cleanWrites,
  exactly,
  printable,
  printableLine,
  printableLines,
  printableText,
} from '../../../src/base/text/printable.ts';

const hostile = 'a\u001b[31mb\u009bc\u007fd\u202ee\u2066f\u0000';

describe('printable', () => {
  it('replaces every control character, direction character and line break', () => {
    expect(printable(`${hostile}\n\r`)).toBe('a\ufffd[31mb\ufffdc\ufffdd\ufffde\ufffdf\ufffd\ufffd\ufffd');
    expect(printable('Zürich 東京 \u{1f600}')).toBe('Zürich 東京 \u{1f600}');
  });

  it('keeps the lines of a text', () => {
    expect(printableText('a\n\tb\r\nc\rd')).toBe('a\n\tb\r\nc\ufffdd');
    expect(printableLines('a\n\tb\r\nc\rd')).toBe('a\n\tb\r\nc\\u000dd');
  });

  it('writes a text in one line, with escapes as in JSON', () => {
    const line = printableLine(`${hostile}\n\t\r\u2028`);
    expect(line).toBe(String.raw`a\u001b[31mb\u009bc\u007fd\u202ee\u2066f\u0000\n\t\r\u2028`);
    expect(JSON.parse(`"${line}"`)).toBe(`${hostile}\n\t\r\u2028`);
  });

  it('keeps the value of a JSON text', () => {
    const json = JSON.stringify({ [hostile]: `\\${hostile}` }, null, 1);
    expect(printableLines(json)).not.toMatch(/[\u007f-\u009f\u202a-\u202e]/);
    expect(JSON.parse(printableLines(json))).toEqual(JSON.parse(json));
  });
});

describe('cleanWrites', () => {
  it('cleans text, keeps bytes, and can be bypassed for control sequences', () => {
    const written: unknown[] = [];
    const stream = { write: (chunk: unknown) => written.push(chunk) > 0 } as never;
    const bytes = Uint8Array.of(27);
    cleanWrites(stream);
    cleanWrites(stream);
    const { write } = stream as { write: (chunk: unknown) => void };
    write('\u001b[2J');
    write(bytes);
    exactly(stream as { write: (chunk: unknown) => void }).write('\u001b[2J');
    expect(written).toEqual(['\\u001b[2J', bytes, '\u001b[2J']);
  });
});
