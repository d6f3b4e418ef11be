/** Which part of a step an op belongs to. */
export type Direction = 'input' | 'forward' | 'inputGradient' | 'weightGradient' | 'loss' | 'update';

export interface Annotation {
  /** The path of the layer, as in the state dict: `layer1.0.conv1`. */
  readonly layer: string;
  readonly direction: Direction;
  /** Ops that only make or apply random masks (dropout): reported apart. */
  readonly mask?: boolean;
}

const none: Annotation = { layer: '', direction: 'forward' };
let current = none;

/** Where the op executed now belongs: read by whoever records it. */
export const currentAnnotation = (): Annotation => current;

/** Runs `body` with every op in it attributed to a layer and a direction. */
export function annotate<Result>(annotation: Annotation, body: () => Result): Result {
  const outer = current;
  current = annotation;
  try {
    return body();
  } finally {
    current = outer;
  }
}
