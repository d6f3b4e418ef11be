import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gpuInUse, PowerSampler } from '../../../src/train/accounting/energy.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

/** A stand-in for nvidia-smi that prints these lines, one every tenth of a second, and saves its arguments. */
function fakeSmi(...lines: readonly string[]): string {
  const program = folder.at('nvidia-smi');
  const says = lines.map((line) => `echo '${line}'; sleep 0.1\n`).join('');
  writeFileSync(program, `#!/bin/sh\necho "$@" > '${folder.at('arguments')}'\n${says}`);
  chmodSync(program, 0o755);
  return program;
}

/** The joules that a sampler measured until its program ended. */
async function joulesOf(...lines: readonly string[]): Promise<number | undefined> {
  const sampler = new PowerSampler(fakeSmi(...lines));
  await new Promise((resolve) => setTimeout(resolve, 100 * lines.length + 1000));
  const joules = sampler.take();
  sampler.close();
  return joules;
}

describe('PowerSampler', () => {
  it.each(['[N/A]', '[Not Supported]', '[Unknown Error]'])('measures nothing if nvidia-smi prints %s', async (text) => {
    expect(await joulesOf(text, text, text)).toBeUndefined();
  });

  it('skips unknown values between two numbers', async () => {
    const joules = await joulesOf('100.00', '[N/A]', '100.00');
    expect(joules).toBeGreaterThan(0);
    expect(joules).toBeLessThan(100 * 10);
  });

  it('asks for the GPU in use', async () => {
    await joulesOf('1');
    expect(readFileSync(folder.at('arguments'), 'utf8')).toContain(`-i ${gpuInUse()}\n`);
  });

  it.each([
    [undefined, '0'],
    ['3', '3'],
    ['2,0', '2'],
    [' GPU-8f1c, GPU-1 ', 'GPU-8f1c'],
  ])('uses the first GPU of CUDA_VISIBLE_DEVICES=%s', (visible, gpu) => {
    expect(gpuInUse(visible)).toBe(gpu);
  });
});
