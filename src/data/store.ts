/** Where the images are. Plain data, so worker threads can receive it. */
export type ImageStore = MemoryStore | RecordStore | FileStore;

/** Square RGB images one after another: uint8 [count, side, side, 3]. */
export interface MemoryStore {
  readonly kind: 'memory';
  readonly side: number;
  readonly pixels: Uint8Array;
}

/** Records of a file at known positions: raw RGB [height, width, 3] or the original image files. */
export interface RecordStore {
  readonly kind: 'records';
  readonly file: string;
  readonly encoding: 'raw' | 'jpeg';
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly widths: Uint32Array;
  readonly heights: Uint32Array;
  /** First 16 bytes of each record's sha256. */
  readonly digests: Uint8Array;
  /** 1 for records with a digest that was checked after the pack was opened. */
  readonly verified: Uint8Array;
  readonly names: NameList;
}

/** Image files below a folder. */
export interface FileStore {
  readonly kind: 'files';
  readonly folder: string;
  readonly names: NameList;
  /** 1 for images that were decoded completely once; from then on, only the part that is needed is decoded. */
  readonly verified: Uint8Array;
}

/** Many strings in shared memory, so that threads receive them without a copy. */
export interface NameList {
  readonly bytes: Uint8Array;
  /** [count + 1]: where each string begins; the last entry is the end. */
  readonly starts: Float64Array;
}

/** The images and labels of one split. Example i is image `indices[i]` of the store. */
export interface Split {
  readonly store: ImageStore;
  readonly indices: Int32Array;
  /** [examples], class of each example. */
  readonly labels: Int32Array;
}

/** Copies bytes to shared memory, so that threads see the same bytes. */
export function shareBytes(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

const sharedStores = new WeakMap<MemoryStore, MemoryStore>();

/**
 * A store that threads can read. Images in memory are copied to shared memory once, when threads first need them. Until then
 * the main thread copies them from unshared memory, which is faster.
 */
export function shareStore(store: ImageStore): ImageStore {
  if (store.kind !== 'memory') return store;
  const existing = sharedStores.get(store);
  if (existing) return existing;
  const shared = { ...store, pixels: shareBytes(store.pixels) };
  sharedStores.set(store, shared);
  return shared;
}

/** The numbers in shared memory, as int32. */
export function shareInts(values: ArrayLike<number>): Int32Array {
  const shared = new Int32Array(new SharedArrayBuffer(4 * values.length));
  shared.set(values);
  return shared;
}

/** The numbers in shared memory, as uint32. */
export function shareUints(values: ArrayLike<number>): Uint32Array {
  const shared = new Uint32Array(new SharedArrayBuffer(4 * values.length));
  shared.set(values);
  return shared;
}

/** The numbers in shared memory, as float64. */
export function shareFloats(values: ArrayLike<number>): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(8 * values.length));
  shared.set(values);
  return shared;
}

/** The names in shared memory, as UTF-8. */
export function shareNames(names: readonly string[]): NameList {
  const starts = new Float64Array(new SharedArrayBuffer(8 * (names.length + 1)));
  const parts = names.map((name) => Buffer.from(name));
  parts.forEach((part, i) => {
    starts[i + 1] = starts[i]! + part.length;
  });
  return { bytes: shareBytes(Buffer.concat(parts)), starts };
}

/** The name at an index of the list. */
export function nameAt(names: NameList, index: number): string {
  const bytes = names.bytes.subarray(names.starts[index], names.starts[index + 1]);
  return Buffer.from(bytes).toString('utf8');
}

/** The name of an image in messages: its path, or its record in a pack. */
export function imageName(store: ImageStore, index: number): string {
  if (store.kind === 'files') return `${store.folder}/${nameAt(store.names, index)}`;
  if (store.kind === 'records') return `record ${index} (${nameAt(store.names, index)}) of ${store.file}`;
  return `image ${index}`;
}
