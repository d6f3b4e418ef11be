import { readBrands } from './formats.ts';

/** A file with the name of an image that cannot be decoded: what it is, and how to fix it. */
interface UnsupportedFile {
  readonly what: string;
  readonly fix: string;
}

const CONVERT = 'convert it to PNG or JPEG, or remove it';
const UNPACK = 'unpack it, or remove it';
const REMOVE = 'replace it with the image, or remove it';
const DOWNLOAD = 'download the image again, or remove it';

/** The first bytes of other formats, as Latin-1 text at an offset. */
const SIGNATURES: readonly (readonly [start: string, what: string, fix: string, at?: number])[] = [
  ['\0\0\0\x0cjP  \r\n\x87\n', 'a JPEG 2000 image', CONVERT],
  ['\xff\x4f\xff\x51', 'a JPEG 2000 image', CONVERT],
  ['\xff\x0a', 'a JPEG XL image', CONVERT],
  ['\0\0\0\x0cJXL \r\n\x87\n', 'a JPEG XL image', CONVERT],
  ['II\xbc\x01', 'a JPEG XR image', CONVERT],
  ['8BPS', 'a Photoshop document', CONVERT],
  ['\0\0\x01\0', 'a Windows icon', CONVERT],
  ['\0\0\x02\0\0\0\0\0', 'a Targa image', CONVERT],
  ['\0\0\x0a\0\0\0\0\0', 'a Targa image', CONVERT],
  ['\0\0\x02\0', 'a Windows cursor', CONVERT],
  ['v/1\x01', 'an OpenEXR image', CONVERT],
  ['#?RADIANCE', 'a Radiance HDR image', CONVERT],
  ['DDS ', 'a DirectDraw texture', CONVERT],
  ['qoif', 'a QOI image', CONVERT],
  ['SIMPLE  =', 'a FITS image', CONVERT],
  ['\x8aMNG', 'an MNG animation', CONVERT],
  ['P7\n', 'a PAM image', CONVERT],
  ['Pf', 'a PFM image of floating-point numbers', CONVERT],
  ['PF', 'a PFM image of floating-point numbers', CONVERT],
  ['DICM', 'a DICOM image', CONVERT, 128],
  ['%PDF-', 'a PDF document', CONVERT],
  ['%!PS', 'a PostScript document', CONVERT],
  ['\x1f\x8b', 'a gzip archive', UNPACK],
  ['PK\x03\x04', 'a zip archive', UNPACK],
  ['PK\x05\x06', 'an empty zip archive', REMOVE],
  ['BZh', 'a bzip2 archive', UNPACK],
  ['\xfd7zXZ\0', 'an xz archive', UNPACK],
  ['\x28\xb5\x2f\xfd', 'a Zstandard archive', UNPACK],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive', UNPACK],
  ['Rar!\x1a\x07', 'a RAR archive', UNPACK],
  ['ustar', 'a tar archive', UNPACK, 257],
  ['\x1a\x45\xdf\xa3', 'a Matroska or WebM video', REMOVE],
  ['\0\0\x01\xba', 'an MPEG video', REMOVE],
  ['\0\0\x01\xb3', 'an MPEG video', REMOVE],
  ['FLV\x01', 'a Flash video', REMOVE],
  ['OggS', 'an Ogg video or sound', REMOVE],
  ['ID3', 'an MP3 sound', REMOVE],
  ['fLaC', 'a FLAC sound', REMOVE],
  ['\x93NUMPY', 'a NumPy array', CONVERT],
  ['\x89HDF\r\n\x1a\n', 'an HDF5 file', REMOVE],
  ['SQLite format 3\0', 'an SQLite database', REMOVE],
  ['\x7fELF', 'a Linux program', REMOVE],
  ['MZ', 'a Windows program', REMOVE],
  ['\0\x05\x16\x07', 'macOS metadata (AppleDouble)', 'remove it'],
];

/** Brands of ISO base media files with images; all other brands are videos. */
const HEIF_BRANDS = /^(hei[cxms]|hev[cxms]|mif1|msf1)$/;

/** How many bytes are inspected. */
export const HEAD_BYTES = 1024;

/** What a file is by its first bytes. The text follows the path: "is an HTML page, not an image: download ...". */
export function describeUnsupported(bytes: Buffer): string {
  const head = bytes.subarray(0, HEAD_BYTES);
  const { what, fix } = identifyBinary(head) ?? identifyText(head) ?? describeUnknown(bytes);
  return `is ${what}, ${fix === CONVERT ? 'which is not supported' : 'not an image'}: ${fix}`;
}

const findSignature = (text: string) => SIGNATURES.find(([start, , , at = 0]) => text.startsWith(start, at));

/** What an archive is by its first bytes; undefined for any other file. */
export function identifyArchive(bytes: Buffer): string | undefined {
  const found = findSignature(bytes.subarray(0, HEAD_BYTES).toString('latin1'));
  return found?.[2] === UNPACK ? found[1] : undefined;
}

function identifyBinary(head: Buffer): UnsupportedFile | undefined {
  const text = head.toString('latin1');
  const found = findSignature(text);
  if (found) return { what: found[1], fix: found[2] };
  const brands = readBrands(head);
  if (brands.some((brand) => HEIF_BRANDS.test(brand))) {
    return { what: 'a HEIC image', fix: CONVERT };
  }
  if (brands.length > 0) return { what: 'an MP4 or QuickTime video', fix: REMOVE };
  if (/^RIFF.{4}AVI /s.test(text)) return { what: 'an AVI video', fix: REMOVE };
  if (/^RIFF.{4}WAVE/s.test(text)) return { what: 'a WAVE sound', fix: REMOVE };
  return undefined;
}

function identifyText(head: Buffer): UnsupportedFile | undefined {
  const text = decodeText(head);
  if (text === undefined) return undefined;
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return { what: 'a Git LFS pointer', fix: 'fetch the image itself with `git lfs pull`' };
  }
  if (/<svg[\s/>]|<!DOCTYPE svg/i.test(text)) return { what: 'an SVG drawing', fix: CONVERT };
  if (/^\s*(<!--.*?-->\s*)*<(!DOCTYPE html|html|head|body|title|script)\b/is.test(text)) {
    return { what: 'an HTML page', fix: DOWNLOAD };
  }
  if (/^\s*<\?xml/.test(text)) return { what: 'an XML document', fix: DOWNLOAD };
  if (/^\s*[{[]/.test(text)) return { what: 'JSON', fix: DOWNLOAD };
  return { what: 'text', fix: REMOVE };
}

/** The largest fraction of invalid characters in text that is read as UTF-8. Text in Latin-1 has a few. */
const MAX_INVALID_FRACTION = 0.2;

/** The text of a file in UTF-8, UTF-16 or Latin-1; undefined for binary files, which contain control characters. */
function decodeText(head: Buffer): string | undefined {
  const bigEndian = head[0] === 0xfe && head[1] === 0xff;
  const wide = bigEndian || (head[0] === 0xff && head[1] === 0xfe);
  const even = Buffer.from(head.subarray(0, head.length - (head.length % 2)));
  const text = wide ? (bigEndian ? even.swap16() : even).toString('utf16le') : head.toString('utf8');
  // eslint-disable-next-line no-control-regex -- control characters distinguish binary files from text
  const isBinary = /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text);
  const invalid = text.split('\ufffd').length - 1;
  return isBinary || invalid > text.length * MAX_INVALID_FRACTION ? undefined : text.replace(/^\ufeff/, '');
}

function describeUnknown(bytes: Buffer): UnsupportedFile {
  if (bytes.every((byte) => byte === 0)) {
    return { what: `${bytes.length} zero bytes`, fix: 'copy or download the image again' };
  }
  const start = bytes.subarray(0, 8).toString('hex');
  return { what: `of an unknown format (it begins with the bytes ${start})`, fix: REMOVE };
}
