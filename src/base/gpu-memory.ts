/** The maximum GPU memory of a process: `grow` (no limit), a share of the card from 0 to 1, or a number of bytes. */
export type GpuMemory = 'grow' | { readonly share: number } | { readonly bytes: number };
