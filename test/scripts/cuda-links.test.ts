import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packageFile } from '../../src/base/files/home.ts';

interface CudaLinks {
  readonly hasCudaLinks: (tensorFlow: string) => boolean;
  readonly linkCuda: (tensorFlow: string) => void;
}
const script = pathToFileURL(packageFile('scripts/setup/cuda-links.mjs')).href;
const { hasCudaLinks, linkCuda } = (await import(script)) as CudaLinks;

let folder: string;
let tensorFlow: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cuda-links-'));
  tensorFlow = join(folder, 'tensorflow');
  mkdirSync(tensorFlow);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('links cuSOLVER into the folder of cuSPARSE, which TensorFlow searches', () => {
  mkdirSync(join(folder, 'nvidia/cusolver/lib'), { recursive: true });
  for (const name of ['libcusolver.so.11', 'libcusolverMg.so.11'])
    writeFileSync(join(folder, 'nvidia/cusolver/lib', name), name);
  expect(hasCudaLinks(tensorFlow)).toBe(false);
  for (let call = 0; call < 2; call++) linkCuda(tensorFlow);
  expect(hasCudaLinks(tensorFlow)).toBe(true);
  expect(readdirSync(join(folder, 'nvidia/cusparse/lib'))).toEqual(['libcusolver.so.11']);
  expect(readFileSync(join(folder, 'nvidia/cusparse/lib/libcusolver.so.11'), 'utf8')).toBe('libcusolver.so.11');
});

it('has nothing to link without cuSOLVER', () => {
  expect(hasCudaLinks(tensorFlow)).toBe(true);
  linkCuda(tensorFlow);
  expect(readdirSync(folder)).toEqual(['tensorflow']);
});
