import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadedCudaVersions } from '../../../src/runtime/gpu/cuda-versions.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

/** Compiles a library with the name of a CUDA library, and returns its line in /proc/self/maps. */
function loadedLibrary(name: string, code: string): string {
  const source = folder.at(`${name}.cc`);
  writeFileSync(source, `extern "C" ${code}\n`);
  const { status, stderr } = spawnSync('c++', ['-shared', '-fPIC', source, '-o', folder.at(name)], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return `7f2a10000000-7f2a10001000 r-xp 00000000 08:01 1234                       ${folder.at(name)}\n`;
}

describe('loadedCudaVersions', () => {
  it('returns nothing while no CUDA library is loaded', () => {
    expect(loadedCudaVersions()).toEqual({});
  });

  it('returns the versions of the loaded driver, CUDA runtime and cuDNN', () => {
    const maps = [
      loadedLibrary('libcuda.so.550.54.15', 'int cuDriverGetVersion(int* v) { *v = 12040; return 0; }'),
      loadedLibrary('libcudart.so.12', 'int cudaRuntimeGetVersion(int* v) { *v = 12090; return 0; }'),
      loadedLibrary('libcudnn.so.9', 'unsigned long cudnnGetVersion() { return 92800; }'),
    ];
    expect(loadedCudaVersions(maps.join(''))).toEqual({ cudaDriver: '12.4', cuda: '12.9', cudnn: '9.28.0' });
    // The call has loaded them.
    expect(loadedCudaVersions()).toEqual({ cudaDriver: '12.4', cuda: '12.9', cudnn: '9.28.0' });
  });

  it('leaves out a library that is not loaded, has no such function, or fails', () => {
    const maps = [
      loadedLibrary('libcuda.so.1', 'int cuDriverGetVersion(int* v) { return 100; }'),
      loadedLibrary('libcudart.so.11', 'int other() { return 0; }'),
    ];
    expect(loadedCudaVersions(maps.join(''))).toEqual({});
  });
});
