import type { NativeBinding } from '../runtime/binding.ts';

/** The addon's properties are read-only and not enumerable: neither assigning nor spreading replaces them. */
export const withReplaced = (native: NativeBinding, replaced: Partial<NativeBinding>): NativeBinding =>
  Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(native),
      ...Object.getOwnPropertyDescriptors(replaced),
    },
  ) as NativeBinding;
