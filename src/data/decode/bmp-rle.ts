import { damaged, truncated } from './bad-image.ts';
import type { BmpHeader } from './bmp-header.ts';

const END_OF_LINE = 0;
const END_OF_BITMAP = 1;
const DELTA = 2;

/**
 * Decodes run-length encoded pixels (wingdi.h: BI_RLE4, BI_RLE8) to palette positions, uint8 [height, width], with the rows
 * in the order of the file. As in Pillow, skipped pixels get the first colour; a run is clipped at the end of its row.
 * @throws InvalidImageError if the runs end before the last row or leave the image.
 */
export function decodeRle(bytes: Buffer, { width, height, bits, start }: BmpHeader): Uint8Array {
  const positions = new Uint8Array(width * height);
  const perByte = 8 / bits;
  let [at, x, y] = [start, 0, 0];
  const write = (position: number): void => {
    if (x < width) positions[y * width + x] = position;
    x++;
  };
  /** The palette position of pixel i of a run, in the byte that holds it. */
  const positionIn = (byte: number, i: number): number => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
  while (y < height) {
    if (at + 2 > bytes.length) {
      if (y === height - 1 && x >= width) break;
      throw truncated('its runs end before its last pixel');
    }
    const [count, code] = [bytes[at]!, bytes[at + 1]!];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) write(positionIn(code, i));
    } else if (code === END_OF_LINE) {
      [x, y] = [0, y + 1];
    } else if (code === END_OF_BITMAP) {
      if (y < height - 1) throw truncated('it ends before its last row');
      break;
    } else if (code === DELTA) {
      if (at + 2 > bytes.length) throw truncated('it ends within a run');
      x += bytes[at]!;
      y += bytes[at + 1]!;
      at += 2;
      if (x > width || y >= height) throw damaged('a run leaves the image');
    } else {
      const length = Math.ceil(code / perByte);
      if (at + length > bytes.length) throw truncated('it ends within a run');
      if (x + code > width) throw damaged('a run leaves the image');
      for (let i = 0; i < code; i++) write(positionIn(bytes[at + Math.floor(i / perByte)]!, i));
      // Runs begin at an even offset.
      at += length + (length % 2);
    }
  }
  return positions;
}
