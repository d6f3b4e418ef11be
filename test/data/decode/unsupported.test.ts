import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InvalidImageError } from '../../../src/data/decode/decode.ts';
import { decode } from './decoded.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
/** An ISO base media file (ISO/IEC 14496-12) with one brand. */
const mediaFile = (brand: string): Buffer => latin(`\0\0\0\x14ftyp${brand}\0\0\0\0${brand}`);
const CONVERT = 'which is not supported: convert it to PNG or JPEG, or remove it';
const DOWNLOAD = 'not an image: download the image again, or remove it';
const UNPACK = 'not an image: unpack it, or remove it';

describe('the error about a file with the name of an image says what the file is', () => {
  const cases: readonly [Buffer, string][] = [
    [latin('<!DOCTYPE html><p>404'), `is an HTML page, ${DOWNLOAD}`],
    [latin('\n <!-- x --><html>'), `is an HTML page, ${DOWNLOAD}`],
    [Buffer.from('\ufeff<html>', 'utf16le'), `is an HTML page, ${DOWNLOAD}`],
    [latin('<?xml version="1.0"?><Error/>'), `is an XML document, ${DOWNLOAD}`],
    [latin('{"error": 404}'), `is JSON, ${DOWNLOAD}`],
    [latin('<svg width="1"/>'), `is an SVG drawing, ${CONVERT}`],
    [latin('<?xml version="1.0"?>\n<svg/>'), `is an SVG drawing, ${CONVERT}`],
    [gzipSync('<svg/>'), `is a gzip archive, ${UNPACK}`],
    [latin('PK\x03\x04'), `is a zip archive, ${UNPACK}`],
    [latin('\0\0\0\x0cjP  \r\n\x87\n'), `is a JPEG 2000 image, ${CONVERT}`],
    [latin('\xff\x4f\xff\x51\0'), `is a JPEG 2000 image, ${CONVERT}`],
    [mediaFile('heic'), `is a HEIC image, ${CONVERT}`],
    [mediaFile('isom'), 'is an MP4 or QuickTime video, not an image: replace it with the image, or remove it'],
    [latin('%PDF-1.7\n'), `is a PDF document, ${CONVERT}`],
    [latin('\0\0\x02\0\0\0\0\0\0\0\0\0\x08\0'), `is a Targa image, ${CONVERT}`],
    [latin('\0\0\x02\0\x01\0\x20\x20'), `is a Windows cursor, ${CONVERT}`],
    [latin('8BPS\0\x01'), `is a Photoshop document, ${CONVERT}`],
    [
      latin('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
      'is a Git LFS pointer, not an image: fetch the image itself with `git lfs pull`',
    ],
    [latin('caf\xe9 au lait, text'), 'is text, not an image: replace it with the image, or remove it'],
    [latin('BMW makes cars, says this text'), 'is text, not an image: replace it with the image, or remove it'],
    [Buffer.alloc(5000), 'is 5000 zero bytes, not an image: copy or download the image again'],
    [
      Buffer.from([1, 2, 0xfe, 0xff]),
      'is of an unknown format (it begins with the bytes 0102feff), not an image: replace it with the image, or remove it',
    ],
  ];
  it.each(cases.map(([bytes, message]) => [message, bytes] as const))('%s', async (message, bytes) => {
    const failure = decode(bytes);
    await expect(failure).rejects.toBeInstanceOf(InvalidImageError);
    await expect(failure).rejects.toThrow(message);
  });
});
