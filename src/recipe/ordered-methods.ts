import * as registered from './methods/registry.ts';

/** All training methods by their key in a recipe, in the order in which they act. */
export const methods = Object.fromEntries(
  Object.entries(registered).sort(([, a], [, b]) => a.order - b.order),
) as unknown as typeof registered;
