import { describe, expect, it } from 'vitest';
import { openFolder } from '../../../src/data/sources/folder.ts';
import { ImageReader } from '../../../src/data/loader/reader.ts';
import { Resizer } from '../../../src/data/resize/resizer.ts';
import type { Sampling } from '../../../src/data/resize/sampling.ts';
import { imageBytes, temporaryFolder, writeFileIn } from '../images.ts';

const SIDE = 96;
/** The part that is needed: a few rows at the top. */
const top: Sampling = {
  part: { left: 40, top: 2, width: 20, height: 6 },
  size: { width: 20, height: 6 },
};

/** A reader that records the number of decoded bytes per image. */
function recordingReader(): { reader: ImageReader; decoded: number[] } {
  const decoded: number[] = [];
  class RecordingResizer extends Resizer {
    override source(length: number): Buffer {
      decoded.push(length);
      return super.source(length);
    }
  }
  return { reader: new ImageReader(new RecordingResizer()), decoded };
}

async function folderWith(bytes: Uint8Array): Promise<ReturnType<typeof openFolder>> {
  const folder = temporaryFolder();
  writeFileIn(folder, 'train/a/1.jpg', bytes);
  writeFileIn(folder, 'val/a/1.jpg', await imageBytes(8, 8, 1));
  return openFolder(folder);
}

describe('ImageReader.sample', () => {
  it('decodes a file completely the first time, later only the needed part, to the same pixels', async () => {
    const { train } = await folderWith(await imageBytes(SIDE, SIDE, 5));
    const { reader, decoded } = recordingReader();
    const first = (await reader.sample(train.store, 0, () => top)).slice();
    const second = (await reader.sample(train.store, 0, () => top)).slice();
    expect(second).toEqual(first);
    expect(decoded[0]).toBe(3 * SIDE ** 2);
    expect(decoded[1]).toBeLessThan(decoded[0]! / 8);
  });

  it('refuses a truncated file at once, even if only its top is needed', async () => {
    const good = await imageBytes(SIDE, SIDE, 5);
    const { train } = await folderWith(good.subarray(0, Math.floor(0.9 * good.length)));
    const { reader } = recordingReader();
    for (let i = 0; i < 2; i++) {
      await expect(reader.sample(train.store, 0, () => top)).rejects.toThrow(/train\/a\/1.jpg cannot be decoded/);
    }
  });
});
