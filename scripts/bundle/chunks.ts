import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { writeFileAtomic } from '../../src/base/files.ts';
import { sha256Of } from '../../src/base/hash.ts';

const MEBIBYTE = 2 ** 20;
/** Bytes of a segment, which is compressed at once. Larger segments compress a little better, smaller ones fill the chunks better. */
const SEGMENT_BYTES = 32 * MEBIBYTE;

/** A file of a bundle. */
export interface Chunk {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Compressed segments by the hash of their content, so that the next bundle compresses only what has changed. */
export class SegmentCache {
  readonly #folder: string;
  readonly #used = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The compressed segment: from the cache, or from `compressSegment`, and then it is cached. */
  async get(segment: Buffer, level: number, compressSegment: () => Promise<Buffer>): Promise<Buffer> {
    const name = `${sha256Of(segment)}-${level}`;
    const file = join(this.#folder, name);
    this.#used.add(name);
    if (existsSync(file)) return readFileSync(file);
    const compressed = await compressSegment();
    writeFileAtomic(file, compressed);
    return compressed;
  }

  /** Removes the segments that this bundle does not contain. */
  removeUnused(): void {
    for (const name of readdirSync(this.#folder)) if (!this.#used.has(name)) rmSync(join(this.#folder, name));
  }
}

/** Compresses one segment to a complete xz stream. @throws UserError exit code 69 without xz. */
async function compress(segment: Buffer, level: number): Promise<Buffer> {
  const child = spawn('xz', [`-${level}`, '--threads=1', '--stdout', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const parts: Buffer[] = [];
  let errors = '';
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(segment);
  return new Promise((resolve, reject) => {
    child.on('error', () => {
      reject(new UserError('xz was not found: install it (`apt-get install -y xz-utils`)', ExitCode.unavailable));
    });
    child.on('close', (status) => {
      if (status === 0) resolve(Buffer.concat(parts));
      else reject(new UserError(`xz failed: ${errors.trim()}`, ExitCode.unavailable));
    });
  });
}

/** Cuts a stream into segments of `size` bytes; only the last is shorter. */
async function* splitIntoSegments(stream: Readable, size: number): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length < size) continue;
    const joined = Buffer.concat(parts);
    const whole = Math.floor(length / size) * size;
    for (let at = 0; at < whole; at += size) yield joined.subarray(at, at + size);
    parts = [joined.subarray(whole)];
    length -= whole;
  }
  if (length > 0) yield Buffer.concat(parts);
}

/** Calls `work` for each item, several at once, and yields the results in the order of the items. */
async function* mapInOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  atOnce: number,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // The error is thrown where the promise is awaited.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= atOnce) yield running.shift()!;
  }
  for (const result of running) yield await result;
}

/** Writes xz streams to chunk files, one after another. `xz -d` decompresses the streams of a chunk as one. */
class ChunkWriter {
  readonly #folder: string;
  readonly #limit: number;
  readonly #chunks: Chunk[] = [];
  #hash = createHash('sha256');
  #bytes = 0;

  constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  get #name(): string {
    return `chunk-${String(this.#chunks.length + 1).padStart(2, '0')}.xz`;
  }

  add(stream: Buffer): void {
    if (this.#bytes > 0 && this.#bytes + stream.length > this.#limit) this.#finish();
    const path = join(this.#folder, this.#name);
    if (this.#bytes === 0) rmSync(path, { force: true });
    appendFileSync(path, stream);
    this.#hash.update(stream);
    this.#bytes += stream.length;
  }

  #finish(): void {
    this.#chunks.push({ name: this.#name, bytes: this.#bytes, sha256: this.#hash.digest('hex') });
    this.#hash = createHash('sha256');
    this.#bytes = 0;
  }

  end(): readonly Chunk[] {
    if (this.#bytes > 0) this.#finish();
    return this.#chunks;
  }
}

export interface ChunkOptions {
  /** Maximum size of a chunk. */
  readonly mebibytes: number;
  /** Effort of xz, 0 to 9. */
  readonly level: number;
  readonly cache?: SegmentCache;
}

/**
 * Compresses a stream into chunks, and writes their hashes to `SHA256SUMS` in the format of sha256sum. To get the stream back,
 * decompress each chunk with `xz -d` and concatenate the results.
 * @throws UserError exit code 69 without xz.
 */
export async function writeChunks(
  stream: Readable,
  folder: string,
  { mebibytes, level, cache }: ChunkOptions,
): Promise<readonly Chunk[]> {
  const limit = Math.floor(mebibytes * MEBIBYTE);
  // Data that cannot be compressed grows by less than 1 %.
  const size = Math.min(SEGMENT_BYTES, Math.floor(limit * 0.99));
  const writer = new ChunkWriter(folder, limit);
  const compressCached = (segment: Buffer): Promise<Buffer> => {
    const compressSegment = () => compress(segment, level);
    return cache ? cache.get(segment, level, compressSegment) : compressSegment();
  };
  const jobs = Math.max(1, Math.min(availableParallelism(), 16));
  for await (const compressed of mapInOrder(splitIntoSegments(stream, size), compressCached, jobs))
    writer.add(compressed);
  const chunks = writer.end();
  writeFileSync(join(folder, 'SHA256SUMS'), chunks.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''));
  return chunks;
}
