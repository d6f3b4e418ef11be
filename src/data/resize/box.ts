/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A part of an image in whole pixels. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** The box that covers a whole image. */
export const fullBox = ({ width, height }: Size): Box => ({ left: 0, top: 0, width, height });
