import { createHash } from 'node:crypto';
import { messageOf } from '../../base/errors.ts';
import { InvalidImageError, MAX_IMAGE_PIXELS } from '../decode/decode.ts';
import { DIGEST_BYTES } from '../digest.ts';
import { ImageReader } from '../loader/reader.ts';
import { Resizer } from '../resize/resizer.ts';
import type { Size } from '../resize/box.ts';
import { fullBox } from '../resize/box.ts';
import { toShorterSide, planWindow } from '../resize/sampling.ts';
import { imageName } from '../store.ts';
import type { Inspection, PackedImage, Task } from './task.ts';

/** Resizing takes 6 bytes per pixel between its two passes, and a resizer has 4 GiB of memory. */
const MAX_INTERMEDIATE_PIXELS = 4 * MAX_IMAGE_PIXELS;

/** Carries out a task for one image after another. */
export class Inspector {
  private readonly resizer = new Resizer();
  private readonly reader = new ImageReader(this.resizer);
  private readonly task: Task;

  constructor(task: Task) {
    this.task = task;
  }

  close(): void {
    this.reader.close();
  }

  /** @param image its index in the store. */
  async inspect(image: number): Promise<Inspection> {
    const { store, task } = this.task;
    try {
      const { image: size } = await this.reader.read(store, image);
      if (task.kind === 'decode') return { kind: 'good' };
      return task.kind === 'check' ? this.check(size) : this.toPackRecord(size, image);
    } catch (error) {
      if (!(error instanceof InvalidImageError)) throw error;
      return { kind: 'bad', message: messageOf(error), exitCode: error.exitCode };
    }
  }

  private check({ width, height }: Size): Inspection {
    const pixels = this.resizer.source(3 * width * height);
    const digest = createHash('sha256').update(`${width} ${height} `).update(pixels).digest();
    const sums: [number, number, number] = [0, 0, 0];
    const squares: [number, number, number] = [0, 0, 0];
    for (let at = 0; at < pixels.length; at += 3) {
      for (const channel of [0, 1, 2] as const) {
        const value = pixels[at + channel]!;
        sums[channel] += value;
        squares[channel] += value * value;
      }
    }
    const digestHex = digest.subarray(0, DIGEST_BYTES).toString('hex');
    return { kind: 'checked', width, height, digest: digestHex, sums, squares };
  }

  /** The image as a record of a pack. */
  private toPackRecord(size: Size, image: number): PackedImage {
    const { store, task } = this.task;
    if (task.kind !== 'pack') throw new TypeError(`the task is ${task.kind}, expected pack`);
    if (task.store === 'jpeg' && store.kind !== 'memory') {
      return {
        kind: 'packed',
        ...size,
        bytes: new Uint8Array(this.reader.readEncoded(store, image)),
      };
    }
    const to = targetSize(size, task.resize, task.size);
    if (to.width * to.height > MAX_IMAGE_PIXELS || size.width * to.height > MAX_INTERMEDIATE_PIXELS) {
      const sizes = `${size.width} x ${size.height} pixels would become ${to.width} x ${to.height}`;
      throw new InvalidImageError(`${imageName(store, image)} is too long and narrow: ${sizes}; crop or remove it`);
    }
    const sampling = planWindow(fullBox(size), to, fullBox(to), 'linear');
    const pixels = this.resizer.sample(fullBox(size), sampling);
    return { kind: 'packed', ...to, bytes: new Uint8Array(pixels) };
  }
}

function targetSize(size: Size, resize: 'shorter' | 'box' | 'none', side: number | null): Size {
  if (resize === 'none' || side === null) return size;
  if (resize === 'box') return { width: side, height: side };
  return toShorterSide(size, side);
}
