const MAX_CODE_BITS = 12;

/** Joins the sub-blocks that begin here. Each has a length and that many bytes; length 0 ends them. */
function joinBlocks(bytes: Buffer, at: number): Buffer {
  const blocks: Buffer[] = [];
  for (let next = at; next < bytes.length && bytes[next] !== 0; next += bytes[next]! + 1)
    blocks.push(bytes.subarray(next + 1, next + 1 + bytes[next]!));
  return Buffer.concat(blocks);
}

/**
 * The number of pixels in the compressed data of a GIF frame (GIF89a, appendix F), at most `limit`. libvips accepts a frame
 * with incomplete data and leaves the rest empty.
 * @param at where the data begin: the byte with the code size.
 */
export function countPixels(bytes: Buffer, at: number, limit: number): number {
  const rootBits = bytes[at] ?? 0;
  const data = joinBlocks(bytes, at + 1);
  const clear = 1 << rootBits;
  // Pixels per code; a code of the palette is one pixel.
  const lengths = new Uint32Array(1 << MAX_CODE_BITS).fill(1);
  let [bits, next, previous] = [rootBits + 1, clear + 2, 0];
  let pixels = 0;
  let [pool, held, from] = [0, 0, 0];
  while (pixels < limit) {
    for (; held < bits && from < data.length; held += 8) pool |= data[from++]! << held;
    if (held < bits) return pixels;
    const code = pool & ((1 << bits) - 1);
    [pool, held] = [pool >>> bits, held - bits];
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
