const MAX_CODE_BITS = 12;

/** Joins the sub-blocks from an offset on. Each sub-block has a length and that many bytes; length 0 ends them. */
function joinBlocks(bytes: Buffer, at: number): Buffer {
  const blocks: Buffer[] = [];
  for (let next = at; next < bytes.length && bytes[next] !== 0; next += bytes[next]! + 1)
    blocks.push(bytes.subarray(next + 1, next + 1 + bytes[next]!));
  return Buffer.concat(blocks);
}

/**
 * The number of pixels in the compressed data of a GIF frame (GIF89a, appendix F), at most `limit`. This detects incomplete
 * data, which libvips accepts: it leaves the rest of the frame empty.
 * @param at offset of the data: the byte with the code size.
 */
export function countPixels(bytes: Buffer, at: number, limit: number): number {
  const rootBits = bytes[at] ?? 0;
  const data = joinBlocks(bytes, at + 1);
  const clear = 1 << rootBits;
  // Pixels per code. A code of the palette is one pixel.
  const lengths = new Uint32Array(1 << MAX_CODE_BITS).fill(1);
  let [bits, next, previous] = [rootBits + 1, clear + 2, 0];
  let pixels = 0;
  let [bitBuffer, bitCount, from] = [0, 0, 0];
  while (pixels < limit) {
    for (; bitCount < bits && from < data.length; bitCount += 8) bitBuffer |= data[from++]! << bitCount;
    if (bitCount < bits) return pixels;
    const code = bitBuffer & ((1 << bits) - 1);
    [bitBuffer, bitCount] = [bitBuffer >>> bits, bitCount - bits];
    if (code === clear) {
      [bits, next, previous] = [rootBits + 1, clear + 2, 0];
      continue;
    }
    if (code === clear + 1) return pixels;
    if (previous > 0 && next < lengths.length) lengths[next++] = previous + 1;
    if (next === 1 << bits && bits < MAX_CODE_BITS) bits++;
    previous = lengths[code]!;
    pixels += previous;
  }
  return limit;
}
