/** A shape for messages: [32, 224, 224, 3], or with the names of dimensions. */
export const formatShape = (shape: readonly (number | string)[]): string => `[${shape.join(', ')}]`;
