import { beforeAll, describe, expect, it } from 'vitest';
import { findNetwork } from '../../../models/registry.ts';
import { compareDevices } from '../../../src/engine/device-check/compare.ts';
import { distinctOps } from '../../../src/engine/device-check/distinct-ops.ts';
import { OpInputs } from '../../../src/engine/device-check/op-inputs.ts';
import { comparisonPage, describeVerdict } from '../../../src/engine/device-check/page.ts';
import type { DeviceResults, ListedOp } from '../../../src/engine/device-check/results.ts';
import { runOp } from '../../../src/engine/device-check/run-ops.ts';
import { loadTensorFlow, nativeBackend } from '../../../src/runtime/tensorflow.ts';
import type { NativeBinding } from '../../../src/runtime/binding.ts';
import { withReplaced } from '../../../src/trace/stand-in.ts';

let ops: ListedOp[];
let native: NativeBinding;
let correct: DeviceResults;
const run = (binding: NativeBinding): DeviceResults => {
  const inputs = new OpInputs();
  return {
    ...{ version: 1, device: 'cpu', tensorflow: '2', commit: null, seconds: 1, steps: [], ops },
    opResults: ops.map((op) => runOp(op, inputs, binding)),
  };
};

beforeAll(() => {
  loadTensorFlow();
  native = nativeBackend().binding;
  ops = distinctOps([findNetwork('squeezenet1_1')]);
  correct = run(native);
});

describe('the ops of a network', () => {
  it('are listed once each, with layer and network', () => {
    const keys = ops.map(({ op, attributes, inputs }) => JSON.stringify([op, attributes, inputs]));
    expect(new Set(keys).size).toBe(ops.length);
    expect(ops.length).toBeGreaterThan(100);
    expect(ops.every(({ layer, networks }) => layer !== '' && networks[0] === 'squeezenet1_1')).toBe(true);
    const kinds = new Set(ops.map(({ op }) => op));
    for (const kind of ['Conv2D', 'Conv2DBackpropFilter', 'MaxPoolGrad', 'ReluGrad', 'ConcatV2'])
      expect(kinds).toContain(kind);
  });

  it('give the same results twice, with finite numbers', () => {
    const tensors = native.getNumOfTensors();
    const comparison = compareDevices(correct, run(native), 1e-12);
    expect(describeVerdict(comparison)).toMatch(/ops and the steps of 0 networks agree/);
    expect(comparison.failed).toEqual([]);
    expect(correct.opResults.flatMap(({ outputs }) => outputs ?? []).filter(({ nonFinite }) => nonFinite > 0)).toEqual(
      [],
    );
    expect(native.getNumOfTensors()).toBe(tensors);
  });

  it('reveal an op that computes something slightly wrong, and one that fails', () => {
    const wrong = withReplaced(native, {
      executeOp: (name, attributes, inputs, outputs) => {
        if (name === 'BiasAddGrad') throw new Error('no kernel image is available for execution on the device');
        const results = native.executeOp(name, attributes, inputs, outputs);
        if (name !== 'BiasAdd') return results;
        const [{ id, shape, dtype }] = results as [(typeof results)[number]];
        const values = (native.tensorDataSync(id) as Float32Array).map((x) => x * 1.001);
        return [{ id: native.createTensor(shape, dtype, values), shape, dtype }];
      },
    });
    const comparison = compareDevices(correct, run(wrong), 1e-4);
    expect(comparison.ok).toBe(false);
    expect([...new Set(comparison.beyond.map(({ listed }) => listed.op))]).toEqual(['BiasAdd']);
    const { difference } = comparison.kinds[0]!.largest;
    // The op is wrong by a thousandth, and a sketch estimates a difference within a third (sketch.test.ts).
    expect(difference).toBeGreaterThan((2 / 3) * 1e-3);
    expect(difference).toBeLessThan((4 / 3) * 1e-3);
    expect([...new Set(comparison.failed.map(({ listed }) => listed.op))]).toEqual(['BiasAddGrad']);
    const page = comparisonPage(comparison, [['machine', 'test']]);
    expect(page).toMatch(/^\| BiasAdd\(\[4, .* \| \d\.\de-[34] \| squeezenet1_1 /m);
    expect(page).toContain('device: no kernel image is available');
  });
});
