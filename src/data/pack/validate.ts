import { MAX_IMAGE_PIXELS } from '../decode/bad-image.ts';
import { PREAMBLE_BYTES } from './format.ts';
import type { PackHeader, PackIndex } from './format.ts';

/**
 * Checks every number of an index. A pack from a program with a bug can have correct digests and invalid numbers.
 * @param indexOffset where the index begins, in bytes.
 * @throws Error with the first problem.
 */
export function validateIndex(index: PackIndex, indexOffset: number): void {
  validateHeader(index.header);
  const { labels } = index;
  let end = PREAMBLE_BYTES;
  for (let record = 0; record < labels.length; record++) {
    validateRecord(index, record, end);
    end += index.lengths[record]!;
  }
  if (end !== indexOffset) throw new Error(`its records end at byte ${end}, its index begins at byte ${indexOffset}`);
}

function validateHeader({ classes, titles, side, store }: PackHeader): void {
  if (classes.includes('')) throw new Error('one of its classes has no name');
  const seen = new Set<string>();
  const duplicate = classes.find((name) => seen.size === seen.add(name).size);
  if (duplicate !== undefined) throw new Error(`it names the class "${duplicate}" twice`);
  if (titles && titles.length !== classes.length)
    throw new Error(`it has ${titles.length} titles for ${classes.length} classes`);
  if (side !== null && store !== 'raw')
    throw new Error('its header gives a side for image files, but only raw pixels have a common side');
}

function validateRecord(index: PackIndex, record: number, end: number): void {
  const { header, offsets, lengths, widths, heights, labels } = index;
  const problem = (field: string, value: number, expected: string): Error =>
    new Error(`its record ${record} has the ${field} ${value}, expected ${expected}`);
  const [label, offset, length] = [labels[record]!, offsets[record]!, lengths[record]!];
  const [width, height] = [widths[record]!, heights[record]!];
  const last = header.classes.length - 1;
  if (label < 0 || label > last) throw problem('label', label, `0 to ${last}`);
  if (offset !== end) throw problem('offset', offset, `${end}, the end of the record before it`);
  if (width < 1) throw problem('width', width, 'at least 1 pixel');
  if (height < 1) throw problem('height', height, 'at least 1 pixel');
  const { side } = header;
  if (side !== null && width !== side) throw problem('width', width, `${side} as in the header`);
  if (side !== null && height !== side) throw problem('height', height, `${side} as in the header`);
  const pixels = width * height;
  if (pixels > MAX_IMAGE_PIXELS) throw problem('number of pixels', pixels, `at most ${MAX_IMAGE_PIXELS}`);
  if (length < 1) throw problem('length', length, 'at least 1 byte');
  if (header.store === 'raw' && length !== 3 * pixels)
    throw problem('length', length, `${3 * pixels} for ${width} x ${height} pixels`);
}
