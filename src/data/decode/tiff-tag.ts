/**
 * The value of a 16-bit tag in the first directory of a TIFF or an EXIF block (TIFF 6.0, section 2).
 * @returns undefined if the tag is missing.
 */
export function readTiffTag(tiff: Buffer, tag: number): number | undefined {
  if (tiff.length < 8) return undefined;
  const little = tiff.toString('latin1', 0, 2) === 'II';
  const uint16 = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const uint32 = (at: number): number => (little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const directory = uint32(4);
  if (directory + 2 > tiff.length) return undefined;
  const entries = uint16(directory);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return undefined;
    if (uint16(entry) === tag) return uint16(entry + 8);
  }
  return undefined;
}
