import { describe, expect, it } from 'vitest';
import { findGpuInUse } from '../../../src/runtime/gpu/in-use.ts';
import { a100, type FakeCard, h100 } from '../../support/fake-nvidia-smi.ts';
import { useFakeCards } from '../../support/listed-gpus.ts';

const listed = useFakeCards();

describe('findGpuInUse', () => {
  const find = (env: NodeJS.ProcessEnv, ...cards: readonly FakeCard[]) => findGpuInUse(listed(...cards), env);

  it.each([
    [{}, '0'],
    [{ CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }, '0'],
    [{ CUDA_VISIBLE_DEVICES: '1,0', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' }, '1'],
    [{ CUDA_VISIBLE_DEVICES: ' GPU-9d2e ' }, '1'],
    [{ CUDA_VISIBLE_DEVICES: a100['uuid'], CUDA_DEVICE_ORDER: 'FASTEST_FIRST' }, '1'],
  ])('finds the card for %o', (env, index) => {
    expect(find(env, h100, a100)).toMatchObject({ gpu: { index } });
  });

  it('refuses to guess the card when CUDA numbers mixed cards in its own order', () => {
    const found = find({ CUDA_DEVICE_ORDER: 'FASTEST_FIRST' }, a100, h100);
    expect(found).toEqual({
      reason: expect.stringMatching(/CUDA_DEVICE_ORDER is FASTEST_FIRST.*unset it, or name/) as unknown,
    });
    expect(find({ CUDA_DEVICE_ORDER: 'FASTEST_FIRST' }, h100)).toMatchObject({ gpu: { uuid: h100['uuid'] } });
  });

  it('refuses an instance of a split card, because its power is unknown', () => {
    const reason = expect.stringMatching(/split \(MIG\)/) as unknown;
    expect(find({ CUDA_VISIBLE_DEVICES: 'MIG-7f1e0c3a' }, a100)).toEqual({ reason });
    expect(find({}, { ...a100, 'mig.mode.current': 'Enabled' })).toEqual({ reason });
  });

  it('says which card is missing', () => {
    expect(find({ CUDA_VISIBLE_DEVICES: '4' }, h100)).toEqual({
      reason: expect.stringMatching(/is 4, but .* lists 1/) as unknown,
    });
    expect(find({ CUDA_VISIBLE_DEVICES: 'GPU-' }, h100, a100)).toEqual({
      reason: expect.stringMatching(/fits 2/) as unknown,
    });
  });
});
