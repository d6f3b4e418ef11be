// Compiles src/data/resize/kernel.assembly into src/data/resize/kernel.ts. Run it after every change of kernel.assembly:
// `npx tsx scripts/generate/build-resize.ts`. A test compiles it again and compares the result with kernel.ts.
import { readFileSync, writeFileSync } from 'node:fs';

/** The part of the compiler that is used here. Its own types would replace the global Array type of the whole project. */
interface Compiler {
  compileString(
    source: string,
    options: Readonly<Record<string, unknown>>,
  ): Promise<{ error: Error | null; binary: Uint8Array | null }>;
}
const compilerModule = 'assemblyscript/asc';
const { default: asc } = (await import(compilerModule)) as { default: Compiler };

const folder = new URL('../../src/data/resize/', import.meta.url);

/** Compiles the kernel, and returns the text of kernel.ts with the result in base64. @throws Error if it does not compile. */
export async function compileKernel(): Promise<string> {
  const source = readFileSync(new URL('kernel.assembly', folder), 'utf8');
  const { error, binary } = await asc.compileString(source, {
    optimizeLevel: 3,
    // AssemblyScript's name of its runtime without a garbage collector: the kernel allocates nothing.
    runtime: 'stub',
    enable: ['simd'],
    importMemory: true,
    noAssert: true,
  });
  if (error || !binary) throw new Error(`kernel.assembly does not compile: ${error?.message ?? 'no output'}`);
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,96}/g)!;
  return [
    '// Made from kernel.assembly by scripts/generate/build-resize.ts; do not edit.',
    'export const kernel =',
    ...lines.map((line, i) => `  '${line}'${i + 1 < lines.length ? ' +' : ';'}`),
    '',
  ].join('\n');
}

if (process.argv[1]?.endsWith('build-resize.ts')) {
  writeFileSync(new URL('kernel.ts', folder), await compileKernel());
}
