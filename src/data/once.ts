/** A function that calls `compute` at its first call only, and returns the same result at every call. */
export function once<Result>(compute: () => Result): () => Result {
  let computed: { readonly result: Result } | undefined;
  return () => (computed ??= { result: compute() }).result;
}
