/** The part of WebAssembly that the resizer uses. TypeScript declares WebAssembly only for browsers. */
interface WebAssemblyValues {
  readonly Module: new (bytes: Uint8Array) => WebAssembly.Module;
  readonly Memory: new (options: { initial: number }) => {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  readonly Instance: new (module: WebAssembly.Module, imports: object) => { readonly exports: unknown };
}

export const { Module, Memory, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyValues }).WebAssembly;
