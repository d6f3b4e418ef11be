/** The supported image formats. The content of a file decides, not its name. */
export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'avif' | 'bmp' | 'pnm';

const startsWith = (bytes: Buffer, ...start: readonly number[]): boolean =>
  bytes.length >= start.length && start.every((byte, i) => bytes[i] === byte);

const textAt = (bytes: Buffer, from: number, to: number): string => bytes.toString('latin1', from, to);

/** The brands of an ISO base media file (ISO/IEC 14496-12, 4.3), the major brand first. Empty for other files. */
export function readBrands(bytes: Buffer): string[] {
  if (bytes.length < 16 || textAt(bytes, 4, 8) !== 'ftyp') return [];
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 256);
  const brands = [textAt(bytes, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(textAt(bytes, at, at + 4));
  return brands;
}

/** The format of an image by the first bytes of its file. Undefined if the format is not supported. */
export function detectFormat(bytes: Buffer): ImageFormat | undefined {
  if (startsWith(bytes, 0xff, 0xd8, 0xff)) return 'jpeg';
  if (startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png';
  if (/^GIF8[79]a/.test(textAt(bytes, 0, 6))) return 'gif';
  if (/^RIFF.{4}WEBP/s.test(textAt(bytes, 0, 12))) return 'webp';
  if (/^(II[*+]\0|MM\0[*+])/.test(textAt(bytes, 0, 4))) return 'tiff';
  if (isBmp(bytes)) return 'bmp';
  if (/^P[1-6][\s#]/.test(textAt(bytes, 0, 3))) return 'pnm';
  if (readBrands(bytes).some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return undefined;
}

/** Text may begin with "BM" too, so the length of the second header must be one that BMP defines. */
const isBmp = (bytes: Buffer): boolean =>
  textAt(bytes, 0, 2) === 'BM' &&
  bytes.length >= 26 &&
  [12, 16, 40, 52, 56, 64, 108, 124].includes(bytes.readUInt32LE(14));
