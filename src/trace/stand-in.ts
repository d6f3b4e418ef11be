import type { NativeBinding } from '../runtime/binding.ts';

/**
 * A copy of the native binding with some functions replaced. The addon's properties are read-only and not enumerable, so neither
 * assignment nor spread works.
 */
export const withReplaced = (native: NativeBinding, replaced: Partial<NativeBinding>): NativeBinding =>
  Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(native),
      ...Object.getOwnPropertyDescriptors(replaced),
    },
  ) as NativeBinding;
