/** The part of a training step that an op belongs to. */
export type Direction = 'input' | 'forward' | 'inputGradient' | 'weightGradient' | 'loss' | 'update';

/** What an op belongs to. */
export interface Annotation {
  /** The path of the layer, as in the state dict: `layer1.0.conv1`. */
  readonly layer: string;
  readonly direction: Direction;
  /** Whether the ops only create or apply random masks (dropout), which are counted separately. */
  readonly mask?: boolean;
}

const none: Annotation = { layer: '', direction: 'forward' };
let current = none;

/** The annotation of the ops that are being executed. The recorder reads it. */
export const currentAnnotation = (): Annotation => current;

/** Runs `body` and attributes every op in it to a layer and a direction. */
export function annotate<Result>(annotation: Annotation, body: () => Result): Result {
  const outer = current;
  current = annotation;
  try {
    return body();
  } finally {
    current = outer;
  }
}
