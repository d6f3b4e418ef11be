import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSchema } from '../../../src/config/run.ts';
import { type DeviceWatch, watchDevice } from '../../../src/train/accounting/device-watch.ts';
import { a100, type FakeCard, fakeNvidiaSmi, h100 } from '../../support/fake-nvidia-smi.ts';
import { temporaryFolder } from '../../support/training.ts';

const config = (execution: object = {}) =>
  runSchema.parse({
    network: { name: 'resnet18' },
    data: { source: 'synthetic', input: 32, trainExamples: 64, validationExamples: 64, classes: 2 },
    recipe: { batch: 8, epochs: 1, learningRate: 0.1 },
    execution,
  });

let folder: ReturnType<typeof temporaryFolder>;
let watch: DeviceWatch | undefined;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  watch?.close();
  folder.remove();
  vi.unstubAllEnvs();
});

/** Watches a GPU of a machine with these cards until there are 12 samples. Returns the watch, its warnings and its samples. */
async function watchCards(cards: readonly FakeCard[], execution: object = {}, samples = true) {
  vi.stubEnv('PATH', fakeNvidiaSmi(folder.path, cards));
  const warnings: string[] = [];
  const versions = () => ({ cuda: '12.9', cudnn: '9.28.0' });
  watch = watchDevice({ device: 'gpu', config: config(execution), warn: (text) => warnings.push(text), versions });
  const { takeGpu, takeEnergy } = watch;
  let found = takeGpu();
  while (samples && (found?.samples ?? 0) < 12) {
    await sleep(50);
    const more = takeGpu();
    found = more && found ? { ...more, samples: more.samples + found.samples } : (more ?? found);
  }
  return { watch, warnings, found, joules: takeEnergy() };
}

describe('watchDevice', () => {
  it('samples the card in use by its UUID', async () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '1');
    const { watch, warnings, found, joules } = await watchCards([h100, { ...a100, 'power.draw': '250' }]);
    expect(warnings).toEqual([]);
    expect(found).toMatchObject({ peakMemoryBytes: 41250 * 2 ** 20, correctedErrors: 0, uncorrectedErrors: 0 });
    expect(joules).toBeGreaterThan(0);
    expect(readFileSync(folder.at('arguments'), 'utf8')).toContain(`-i ${a100['uuid']!}\n`);
    expect(watch.peakFlopPerSecond).toBe(19.5e12);
    expect(watch.memoryBytes()).toBe(41250 * 2 ** 20);
    expect(watch.describe()).toEqual({
      ...{ name: a100['name'], uuid: a100['uuid'], driver: '550.54.15', computeCapability: '8.0' },
      ...{ cuda: '12.9', cudnn: '9.28.0' },
    });
  });

  it('asks an old driver for the fields that it knows', async () => {
    const fewerFields = Object.fromEntries(Object.entries(h100).filter(([name]) => !/clocks|ecc/.test(name)));
    const { found, joules } = await watchCards([fewerFields]);
    expect(found).toMatchObject({ peakMemoryBytes: 41250 * 2 ** 20, uncorrectedErrors: null, throttled: {} });
    expect(joules).toBeGreaterThan(0);
  });

  it('measures no energy if the card does not report its power', async () => {
    const { joules, found } = await watchCards([{ ...h100, 'power.draw': '[N/A]' }]);
    expect(joules).toBeUndefined();
    expect(found?.peakMemoryBytes).toBe(41250 * 2 ** 20);
  });

  it('warns once about a clock that is lowered for another reason than the power limit', async () => {
    const { warnings } = await watchCards([{ ...h100, 'clocks_event_reasons.active': '0x0000000000000024' }]);
    expect(warnings).toEqual([expect.stringMatching(/lowers its clock \(temperature \(driver\)\).*cooling/)]);
  });

  it('warns of an unknown card, unless the config states its peak', async () => {
    const cards = [{ ...h100, name: 'NVIDIA Z900' }];
    const { warnings, watch } = await watchCards(cards, {}, false);
    expect(warnings).toEqual([
      'the peak of the card "NVIDIA Z900" is unknown, so the measurement will not contain the utilization: set execution.peakFlopPerSecond to its FLOP per second in float32',
    ]);
    expect(watch.peakFlopPerSecond).toBeUndefined();
    watch.close();
    const stated = await watchCards(cards, { peakFlopPerSecond: 1e15 }, false);
    expect([stated.warnings, stated.watch.peakFlopPerSecond]).toEqual([[], 1e15]);
  });

  it('measures nothing if the card in use is unknown, and warns with the reason', async () => {
    vi.stubEnv('CUDA_DEVICE_ORDER', 'FASTEST_FIRST');
    const { warnings, watch, joules } = await watchCards([h100, a100], {}, false);
    expect(warnings).toEqual([
      expect.stringMatching(/^energy, memory and utilization .* not measured: CUDA_DEVICE_ORDER/),
    ]);
    expect([joules, watch.memoryBytes(), watch.peakFlopPerSecond, watch.describe()]).toEqual([
      ...[undefined, null, undefined, undefined],
    ]);
  });

  it('does nothing on a CPU', () => {
    const warn = vi.fn();
    watch = watchDevice({ device: 'cpu', config: config(), warn });
    expect([warn.mock.calls, watch.takeGpu()]).toEqual([[], undefined]);
  });
});
