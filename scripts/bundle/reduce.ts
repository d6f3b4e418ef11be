import { readFileSync, statSync, writeFileSync } from 'node:fs';

/** A container of GPU code begins with these four bytes (fatbinary_section.h of NVIDIA's CUDA toolkit: FATBIN_MAGIC). */
const MAGIC = 0xba55ed50;
/** The kind of an entry with machine code of one architecture. The other kind is PTX, which the driver compiles. */
const MACHINE_CODE = 2;
/** PT_LOAD of the ELF specification: a segment that is loaded. */
const LOADED = 1;

/** The result of reducing a library. */
export interface Reduction {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** The number of containers with machine code that the architecture runs. */
  readonly withCode: number;
  /** The number of containers that the driver must compile from PTX. */
  readonly withPtx: number;
  /** All architectures with machine code in the library; 90 is compute capability 9.0. */
  readonly architectures: readonly number[];
  /** All architectures with PTX. */
  readonly ptx: readonly number[];
}

/** Bytes of a file. */
interface Range {
  readonly at: number;
  readonly size: number;
}

/** Code of one kind for one architecture. */
interface Entry extends Range {
  readonly kind: number;
  readonly architecture: number;
}

const isElf = (bytes: Buffer): boolean => bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46;
const readOffset = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

/** The sections of GPU code of an ELF file. */
function findCodeSections(bytes: Buffer): Range[] {
  const table = readOffset(bytes, 0x28);
  const [entrySize, count, namesIndex] = [0x3a, 0x3c, 0x3e].map((at) => bytes.readUInt16LE(at)) as [
    number,
    number,
    number,
  ];
  if (table === 0 || count === 0) return [];
  const head = (index: number): number => table + index * entrySize;
  const names = readOffset(bytes, head(namesIndex) + 24);
  const sections: Range[] = [];
  for (let i = 0; i < count; i++) {
    const begin = names + bytes.readUInt32LE(head(i));
    const name = bytes.toString('latin1', begin, bytes.indexOf(0, begin));
    if (name === '.nv_fatbin' || name === '__nv_relfatbin')
      sections.push({ at: readOffset(bytes, head(i) + 24), size: readOffset(bytes, head(i) + 32) });
  }
  return sections;
}

/** The bodies of a section's containers. A header begins with the magic number, and states its own size and the body's. */
function findContainers(bytes: Buffer, { at, size }: Range): Range[] {
  const found: Range[] = [];
  for (let p = at; p + 16 <= at + size;) {
    if (bytes.readUInt32LE(p) !== MAGIC) {
      p += 8;
      continue;
    }
    const body = { at: p + bytes.readUInt16LE(p + 6), size: readOffset(bytes, p + 8) };
    found.push(body);
    p = body.at + body.size;
  }
  return found;
}

/** The entries of a container's body; undefined if their sizes do not add up to the size of the body. */
function readEntries(bytes: Buffer, { at, size }: Range): Entry[] | undefined {
  const found: Entry[] = [];
  const end = at + size;
  let p = at;
  while (p + 32 <= end) {
    const entrySize = bytes.readUInt32LE(p + 4) + readOffset(bytes, p + 8);
    if (entrySize < 32) return undefined;
    found.push({ at: p, size: entrySize, kind: bytes.readUInt16LE(p), architecture: bytes.readUInt32LE(p + 28) });
    p += entrySize;
  }
  return p === end ? found : undefined;
}

const generation = (architecture: number): number => Math.floor(architecture / 10);

/**
 * Whether a GPU runs the machine code of an architecture: binary code runs on its own revision and on later ones of the same
 * generation (CUDA C++ programming guide, "Binary Compatibility").
 */
export const runsCode = (gpu: number, architecture: number): boolean =>
  generation(architecture) === generation(gpu) && architecture <= gpu;

/** The entries that a GPU uses: the machine code that it runs. Without machine code, the PTX that the driver can compile for it. */
function usedEntries(entries: readonly Entry[], gpu: number): readonly Entry[] {
  const code = entries.filter(({ kind, architecture }) => kind === MACHINE_CODE && runsCode(gpu, architecture));
  return code.length > 0
    ? code
    : entries.filter(({ kind, architecture }) => kind !== MACHINE_CODE && architecture <= gpu);
}

/** The end of the last loaded segment. What follows (symbols for linkers, names, section headers) is not needed to load a library. */
function findLoadedEnd(bytes: Buffer): number {
  const table = readOffset(bytes, 0x20);
  const [entrySize, count] = [bytes.readUInt16LE(0x36), bytes.readUInt16LE(0x38)];
  let end = 0;
  for (let i = 0; i < count; i++) {
    const at = table + i * entrySize;
    if (bytes.readUInt32LE(at) === LOADED) end = Math.max(end, readOffset(bytes, at + 8) + readOffset(bytes, at + 32));
  }
  return end;
}

/** Overwrites the code of every entry that is not used with zeros. The headers are kept, so the container stays valid. */
function clearUnused(bytes: Buffer, entries: readonly Entry[], used: readonly Entry[]): void {
  for (const entry of entries)
    if (!used.includes(entry)) bytes.fill(0, entry.at + bytes.readUInt32LE(entry.at + 4), entry.at + entry.size);
}

/**
 * Reduces a library to the code that one GPU architecture needs, and writes it to `target`. Zeros replace the GPU code of all other
 * architectures: they compress to almost nothing. Parts that are never loaded are left out. No address changes.
 * @param gpu 90 for compute capability 9.0; undefined keeps all GPU code.
 * @throws RangeError if `source` is not a library for 64-bit Linux.
 */
export function reduceLibrary(source: string, target: string, gpu?: number): Reduction {
  const bytes = readFileSync(source);
  if (!isElf(bytes)) throw new RangeError(`${source} is not a library: expected an ELF file`);
  const [architectures, ptx] = [new Set<number>(), new Set<number>()];
  let [withCode, withPtx] = [0, 0];
  for (const body of findCodeSections(bytes).flatMap((section) => findContainers(bytes, section))) {
    const entries = readEntries(bytes, body);
    if (entries === undefined) continue;
    for (const { kind, architecture } of entries) (kind === MACHINE_CODE ? architectures : ptx).add(architecture);
    if (gpu === undefined) continue;
    const used = usedEntries(entries, gpu);
    if (used.some(({ kind }) => kind === MACHINE_CODE)) withCode++;
    else if (used.length > 0) withPtx++;
    clearUnused(bytes, entries, used);
  }
  const end = findLoadedEnd(bytes);
  // The section headers are left out, so the ELF header must not refer to them.
  bytes.writeBigUInt64LE(0n, 0x28);
  bytes.writeUInt16LE(64, 0x3a);
  bytes.writeUInt32LE(0, 0x3c);
  writeFileSync(target, bytes.subarray(0, end), { mode: statSync(source).mode });
  const sorted = (all: ReadonlySet<number>): number[] => [...all].sort((a, b) => a - b);
  return {
    bytesBefore: bytes.length,
    bytesAfter: end,
    withCode,
    withPtx,
    architectures: sorted(architectures),
    ptx: sorted(ptx),
  };
}
