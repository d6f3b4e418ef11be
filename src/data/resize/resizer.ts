import { axisFilter } from './filters.ts';
import type { AxisFilter, Interpolation } from './filters.ts';
import { kernel } from './kernel.ts';
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

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of a picture in whole pixels. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

const PAGE = 65536;
/** The kernel reads whole vectors and pairs of rows: so many bytes after the picture, and one row, may be read. */
const SLACK = 64;
const compiled = new Module(Buffer.from(kernel, 'base64'));

const aligned = (bytes: number): number => Math.ceil(bytes / 16) * 16;

/** Resizes RGB pictures in its own memory; one for each thread. A picture is written to `source` first. */
export class Resizer {
  private readonly memory = new Memory({ initial: 16 });
  private readonly kernel: Kernel;

  constructor() {
    const instance = new Instance(compiled, { env: { memory: this.memory } });
    this.kernel = instance.exports as Kernel;
  }

  /** Memory for a picture of so many bytes, valid until the next call of this object. */
  source(length: number): Buffer {
    this.reserve(length);
    return Buffer.from(this.memory.buffer, 0, length);
  }

  /**
   * The part `box` of the picture in memory, resized; pixels outside the box have no influence.
   * @returns uint8 [size.height, size.width, 3], valid until the next call of this object.
   */
  resize(picture: Size, box: Box, size: Size, interpolation: Interpolation): Uint8Array {
    const rows = axisFilter(
      { inputs: box.height, from: 0, length: box.height, outputs: size.height },
      interpolation,
    );
    const columns = axisFilter(
      { inputs: box.width, from: 0, length: box.width, outputs: size.width },
      interpolation,
    );
    const stride = 3 * picture.width;
    const betweenStride = 2 * aligned(3 * box.width) + SLACK;
    // [picture, slack and a row | between | rows' filter | columns' filter | result]
    const between = aligned(stride * (picture.height + 2 * rows.pairs) + SLACK);
    const rowFilter = between + aligned(betweenStride * size.height + SLACK);
    const columnFilter = rowFilter + filterBytes(rows);
    const result = columnFilter + filterBytes(columns);
    const length = 3 * size.width * size.height;
    this.reserve(result + length);
    const rowWeights = this.placeFilter(rows, rowFilter);
    const columnWeights = this.placeFilter(columns, columnFilter);
    const first = stride * box.top + 3 * box.left;
    this.kernel.vertical(
      first,
      stride,
      3 * box.width,
      rowFilter,
      rowWeights,
      rows.pairs,
      size.height,
      between,
      betweenStride,
    );
    this.kernel.horizontal(
      between,
      betweenStride,
      columnFilter,
      columnWeights,
      columns.pairs,
      size.height,
      size.width,
      result,
    );
    return new Uint8Array(this.memory.buffer, result, length);
  }

  /** Copies a filter into the kernel's memory; where its weights begin. */
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
