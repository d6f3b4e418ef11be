import { afterAll, beforeAll, vi } from 'vitest';
import { type Gpu, listGpus } from '../../src/runtime/gpu/gpus.ts';
import { type FakeCard, fakeNvidiaSmi } from './fake-nvidia-smi.ts';
import { temporaryFolder } from './training.ts';

/** Returns a function that lists the cards of a fake nvidia-smi. Call it at the top of a test file. */
export function useFakeCards(): (...cards: readonly FakeCard[]) => readonly Gpu[] {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeAll(() => {
    folder = temporaryFolder();
  });
  afterAll(() => {
    folder.remove();
    vi.unstubAllEnvs();
  });
  return (...cards) => {
    vi.stubEnv('PATH', fakeNvidiaSmi(folder.path, cards));
    return listGpus().gpus;
  };
}
