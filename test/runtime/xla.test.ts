import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findXlaTools, requireXlaTools, xlaEnvironment } from '../../src/runtime/xla.ts';

const PTXAS = 'bin/ptxas';
const LIBRARY = 'nvvm/libdevice/libdevice.10.bc';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-xla-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function createFiles(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
}

const tensorFlow = (): string => join(folder, 'tensorflow');
const find = (environment = {}) => findXlaTools(tensorFlow(), environment, join(folder, 'system'));

describe("CUDA's files for XLA", () => {
  it('are found beside TensorFlow, and their folder is passed to XLA with its other flags', () => {
    createFiles(`nvidia/cuda_nvcc/${PTXAS}`, `nvidia/cuda_nvcc/${LIBRARY}`);
    const found = find();
    expect(found).toEqual({ folder: join(folder, 'nvidia/cuda_nvcc'), problem: undefined });
    expect(xlaEnvironment(found, true, { XLA_FLAGS: '--xla_dump_to=x' })).toEqual({
      XLA_FLAGS: `--xla_dump_to=x --xla_gpu_cuda_data_dir=${found.folder!} --xla_gpu_deterministic_ops=true`,
    });
    requireXlaTools(found);
  });

  it('are found in CUDA_HOME and in the system', () => {
    createFiles(`home/${PTXAS}`, `home/${LIBRARY}`);
    expect(find({ CUDA_HOME: join(folder, 'home') }).folder).toBe(join(folder, 'home'));
    createFiles(`system/${PTXAS}`, `system/${LIBRARY}`);
    expect(find().folder).toBe(join(folder, 'system'));
  });

  it('are taken only from the folder of XLA_FLAGS, if it names one', () => {
    createFiles(`own/${PTXAS}`, `own/${LIBRARY}`, `system/${PTXAS}`, `system/${LIBRARY}`);
    const given = { XLA_FLAGS: `--xla_gpu_cuda_data_dir=${join(folder, 'own')}` };
    expect(find(given)).toEqual({ folder: undefined, problem: undefined });
    expect(xlaEnvironment(find(given), false, given)).toEqual(given);
    const wrong = { XLA_FLAGS: `--xla_gpu_cuda_data_dir=${join(folder, 'none')}` };
    expect(find(wrong).problem).toContain(`in none of ${join(folder, 'none')}`);
  });

  it.each([
    [PTXAS, LIBRARY],
    [LIBRARY, PTXAS],
  ])('are refused with the name of the missing file: %s', (missing, existing) => {
    createFiles(`system/${existing}`);
    const refused = () => {
      requireXlaTools(find());
    };
    expect(refused).toThrow(`recipe.compile is xla, but ${missing} of CUDA 12 is in none of`);
    expect(refused).toThrow('nvidia-cuda-nvcc-cu12');
    expect(refused).toThrow(expect.objectContaining({ exitCode: 69 }));
  });
});
