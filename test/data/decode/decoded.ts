import { decodeImage } from '../../../src/data/decode/decode.ts';

export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** RGB, uint8 [height, width, 3]. */
  readonly pixels: number[];
}

/** Decodes the bytes of a file as training does. */
export async function decode(bytes: Uint8Array): Promise<Decoded> {
  let memory = Buffer.alloc(0);
  const { image } = await decodeImage(Buffer.from(bytes), (length) => (memory = Buffer.alloc(length)));
  return { ...image, pixels: [...memory] };
}
