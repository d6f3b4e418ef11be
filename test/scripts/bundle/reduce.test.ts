import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reduceLibrary, runsCode } from '../../../scripts/bundle/reduce.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

interface Code {
  readonly kind: 'ptx' | 'machine';
  readonly architecture: number;
  readonly text: string;
}

/** An entry in a container of GPU code: a header of 64 bytes, then the code. */
function entryOf({ kind, architecture, text }: Code): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt16LE(kind === 'machine' ? 2 : 1, 0);
  header.writeUInt32LE(64, 4);
  header.writeBigUInt64LE(32n, 8);
  header.writeUInt32LE(architecture, 28);
  return Buffer.concat([header, Buffer.from(text.padEnd(32))]);
}

function containerOf(...codes: readonly Code[]): Buffer {
  const body = Buffer.concat(codes.map(entryOf));
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(16, 6);
  header.writeBigUInt64LE(BigInt(body.length), 8);
  return Buffer.concat([header, body]);
}

const machine = (architecture: number): Code => ({
  kind: 'machine',
  architecture,
  text: `machine code ${architecture}`,
});
const ptx = (architecture: number): Code => ({ kind: 'ptx', architecture, text: `ptx ${architecture}` });

/** Compiles a library with these containers and a function that returns 42. */
function libraryWith(name: string, ...containers: readonly Buffer[]): string {
  const bytes = [...Buffer.concat(containers)].join();
  const source = folder.at(`${name}.cc`);
  writeFileSync(
    source,
    `__attribute__((section(".nv_fatbin"), used, aligned(8))) static const unsigned char code[] = {${bytes}};
     extern "C" int answer() { return 42; }`,
  );
  const { status, stderr } = spawnSync('c++', ['-shared', '-fPIC', '-g', source, '-o', folder.at(name)], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return folder.at(name);
}

describe('reduceLibrary', () => {
  it('keeps the machine code of the architecture, else its PTX, and the library still works', () => {
    const source = libraryWith(
      'all.so',
      containerOf(machine(80), machine(90), ptx(90)),
      containerOf(machine(70), ptx(80), ptx(100)),
      containerOf(machine(100)),
    );
    const target = folder.at('reduced.so');
    const found = reduceLibrary(source, target, 90);
    expect(found).toMatchObject({ withCode: 1, withPtx: 1, architectures: [70, 80, 90, 100], ptx: [80, 90, 100] });
    expect(found.bytesAfter).toBeLessThan(found.bytesBefore);
    const text = readFileSync(target, 'latin1');
    const packed = [
      'machine code 70',
      'machine code 80',
      'machine code 90',
      'machine code 100',
      'ptx 80',
      'ptx 90',
      'ptx 100',
    ];
    expect(packed.filter((code) => text.includes(code))).toEqual(['machine code 90', 'ptx 80']);
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    expect((koffi.load(target).func('int answer()') as () => number)()).toBe(42);
  });

  it('keeps older code of the same generation, because the GPU can run it', () => {
    const source = libraryWith('ampere.so', containerOf(machine(80), machine(86), machine(89), machine(90)));
    reduceLibrary(source, folder.at('ampere-86.so'), 86);
    const text = readFileSync(folder.at('ampere-86.so'), 'latin1');
    expect([80, 86, 89, 90].filter((one) => text.includes(`machine code ${one}`))).toEqual([80, 86]);
  });

  it('removes only sections that are never loaded if no architecture is given', () => {
    const source = libraryWith('cpu.so', containerOf(machine(80)));
    expect(reduceLibrary(source, folder.at('cpu-reduced.so')).bytesAfter).toBeLessThan(readFileSync(source).length);
    expect(readFileSync(folder.at('cpu-reduced.so'), 'latin1')).toContain('machine code 80');
  });

  it('refuses a file that is not a library', () => {
    writeFileSync(folder.at('text'), 'x'.repeat(100));
    expect(() => reduceLibrary(folder.at('text'), folder.at('out'))).toThrow(/text is not a library/);
  });
});

describe('runsCode', () => {
  it.each([
    [90, 90, true],
    [89, 80, true],
    [80, 86, false],
    [90, 89, false],
    [121, 120, true],
    [100, 90, false],
  ])('a GPU of %i and code of %i: %s', (gpu, code, runs) => {
    expect(runsCode(gpu, code)).toBe(runs);
  });
});
