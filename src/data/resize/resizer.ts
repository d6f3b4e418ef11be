import type { Box, Size } from './box.ts';
import type { AxisFilter } from './filters.ts';
import { kernel } from './kernel.ts';
import type { Sampling } from './sampling.ts';
import { Instance, Memory, Module } from './webassembly.ts';

interface Kernel {
  vertical(
    source: number,
    stride: number,
    values: number,
    starts: number,
    weights: number,
    pairs: number,
    rows: number,
    target: number,
    targetStride: number,
  ): void;
  horizontal(
    source: number,
    stride: number,
    starts: number,
    weights: number,
    pairs: number,
    rows: number,
    columns: number,
    target: number,
  ): void;
}

/** Bytes of a page of WebAssembly memory. */
const PAGE = 65536;
/** The kernel reads complete vectors and pairs of rows: up to this many bytes and one row beyond the image. */
const SLACK = 64;
const compiled = new Module(Buffer.from(kernel, 'base64'));

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** Resizes RGB images in its own memory. Each thread has its own. Write an image to `source` first. */
export class Resizer {
  private readonly memory = new Memory({ initial: 16 });
  private readonly kernel: Kernel;

  constructor() {
    const instance = new Instance(compiled, { env: { memory: this.memory } });
    this.kernel = instance.exports as Kernel;
  }

  /** Memory for an image of this many bytes, valid until the next call of this object. */
  source(length: number): Buffer {
    this.reserve(length);
    return Buffer.from(this.memory.buffer, 0, length);
  }

  /**
   * Computes output pixels from the part `held` of an image, at the start of the memory. It must contain `sampling.part`.
   * @returns uint8 [height, width, 3], valid until the next call of this object.
   */
  sample(held: Box, { part, size, filters }: Sampling): Uint8Array {
    const stride = 3 * held.width;
    const first = stride * (part.top - held.top) + 3 * (part.left - held.left);
    if (!filters) return this.copyWindow(held, stride, first, size);
    const { rows, columns } = filters;
    const intermediateStride = 2 * aligned(3 * part.width) + SLACK;
    // [image, slack and a row | intermediate rows | filter of the rows | filter of the columns | result]
    const intermediate = aligned(stride * (held.height + 2 * rows.pairs) + SLACK);
    const rowFilter = intermediate + aligned(intermediateStride * size.height + SLACK);
    const columnFilter = rowFilter + filterBytes(rows);
    const result = columnFilter + filterBytes(columns);
    const length = 3 * size.width * size.height;
    this.reserve(result + length);
    const rowWeights = this.placeFilter(rows, rowFilter);
    const columnWeights = this.placeFilter(columns, columnFilter);
    this.kernel.vertical(
      first,
      stride,
      3 * part.width,
      rowFilter,
      rowWeights,
      rows.pairs,
      size.height,
      intermediate,
      intermediateStride,
    );
    this.kernel.horizontal(
      intermediate,
      intermediateStride,
      columnFilter,
      columnWeights,
      columns.pairs,
      size.height,
      size.width,
      result,
    );
    return new Uint8Array(this.memory.buffer, result, length);
  }

  /** Copies the rows of a window to the memory after the image. */
  private copyWindow(held: Size, stride: number, first: number, size: Size): Uint8Array {
    const result = aligned(stride * held.height);
    const length = 3 * size.width;
    this.reserve(result + length * size.height);
    const bytes = new Uint8Array(this.memory.buffer);
    for (let y = 0; y < size.height; y++) {
      const from = first + y * stride;
      bytes.copyWithin(result + y * length, from, from + length);
    }
    return bytes.subarray(result, result + length * size.height);
  }

  /** Copies a filter to the kernel's memory. @returns where its weights begin. */
  private placeFilter(filter: AxisFilter, at: number): number {
    const weights = at + aligned(filter.starts.byteLength);
    new Int32Array(this.memory.buffer, at, filter.starts.length).set(filter.starts);
    new Int16Array(this.memory.buffer, weights, filter.weights.length).set(filter.weights);
    return weights;
  }

  private reserve(bytes: number): void {
    const missing = Math.ceil((bytes + SLACK) / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (missing > 0) this.memory.grow(missing);
  }
}

const filterBytes = ({ starts, weights }: AxisFilter): number =>
  aligned(starts.byteLength) + aligned(weights.byteLength);
