import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runOnDevice } from '../../../src/engine/device-check/run-device.ts';
import { temporaryFolder } from '../../support/sweeps.ts';
import type { ListedOp } from '../../../src/engine/device-check/results.ts';

const script = fileURLToPath(new URL('../../support/fake-op-worker.mjs', import.meta.url));
const op = (name: string): ListedOp => ({
  ...{ op: name, attributes: [], inputs: [], outputs: 1, layer: 'conv1', networks: ['resnet18'] },
});
const task = { device: 'cpu', networks: ['resnet18', 'vgg11'], commit: null, script } as const;

describe('runOnDevice', () => {
  it('continues after an op that crashes its process', async () => {
    const ops = ['Relu', 'Crash', 'Add', 'Crash', 'Mul'].map(op);
    const { opResults, steps, device } = await runOnDevice(ops, task);
    expect(opResults.map(({ outputs }) => outputs?.[0]?.norm)).toEqual([0, undefined, 2, undefined, 4]);
    expect(opResults[1]!.error).toMatch(/^the process ended with SIGKILL: F0000 .*Check failed: ok$/);
    expect(steps.map(({ network }) => network)).toEqual(['resnet18', 'vgg11']);
    expect(device).toBe('cpu');
  });

  it('shares the ops and networks among processes, and keeps their order', async () => {
    const ops = ['Relu', 'Crash', 'Add', 'Crash', 'Mul'].map(op);
    const counts: number[] = [];
    const progress = (done: number): void => void counts.push(done);
    const { opResults, steps } = await runOnDevice(ops, { ...task, processes: 2, progress });
    // The worker of this test reports the position of an op in its own process.
    expect(opResults.map(({ outputs }) => outputs?.[0]?.norm)).toEqual([0, undefined, 1, undefined, 2]);
    expect(steps.map(({ network }) => network)).toEqual(['resnet18', 'vgg11']);
    expect(counts.at(-1)).toBe(7);
  });

  it('starts no process for which there is no op', async () => {
    const { opResults, steps } = await runOnDevice([op('Relu')], { ...task, networks: [], processes: 3 });
    expect(opResults.map(({ outputs }) => outputs?.[0]?.norm)).toEqual([0]);
    expect(steps).toEqual([]);
  });

  it('leaves out the remaining ops after 20 crashes', async () => {
    const ops = Array.from({ length: 30 }, () => op('Crash'));
    const { opResults, steps } = await runOnDevice(ops, task);
    expect(opResults).toHaveLength(30);
    expect(opResults[25]!.error).toBe('left out after 20 crashes of the process');
    expect(steps.map(({ error }) => error)).toEqual(Array(2).fill('left out after 20 crashes of the process'));
  });

  it('says in one line that the device cannot be used', async () => {
    const running = runOnDevice([op('Relu')], { ...task, device: 'gpu' });
    await expect(running).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringMatching(
        /^the ops cannot be checked on the gpu: .*exit code 69: Error: .* no GPU[^\n]*$/,
      ) as string,
    });
  });

  it('ends the other processes if one cannot load TensorFlow', async () => {
    const layer = join(temporaryFolder(), 'pid');
    const ops = ['Endless', 'CannotLoad'].map((name) => ({ ...op(name), layer }));
    const running = runOnDevice(ops, { ...task, networks: [], processes: 2 });
    await expect(running).rejects.toMatchObject({ exitCode: 69 });
    const pid = Number(readFileSync(layer, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
