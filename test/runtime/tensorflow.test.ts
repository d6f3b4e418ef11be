import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { tensorFlowEnvironment } from '../../src/runtime/environment.ts';
import { loadTensorFlow, nativeBackend } from '../../src/runtime/tensorflow.ts';

describe('tensorFlowEnvironment', () => {
  it('keeps variables that the user has set', () => {
    const environment = tensorFlowEnvironment({}, { TF_NUM_INTRAOP_THREADS: '7' });
    expect(environment['TF_NUM_INTRAOP_THREADS']).toBeUndefined();
    expect(environment['TF_NUM_INTEROP_THREADS']).toBe(String(availableParallelism()));
  });

  it('sets the threads of a config, even if variables are set', () => {
    const given = { TF_NUM_INTRAOP_THREADS: '7', TF_NUM_INTEROP_THREADS: '7' };
    expect(tensorFlowEnvironment({ session: { threads: 3 } }, given)).toMatchObject({
      ...{ TF_NUM_INTRAOP_THREADS: '3', TF_NUM_INTEROP_THREADS: '3', OMP_NUM_THREADS: '3' },
    });
    expect(tensorFlowEnvironment({ session: { threads: 3, interOpThreads: 1 } }, given)).toMatchObject({
      ...{ TF_NUM_INTRAOP_THREADS: '3', TF_NUM_INTEROP_THREADS: '1' },
    });
    const environment = tensorFlowEnvironment({ session: { interOpThreads: 2 } }, given);
    expect(environment['TF_NUM_INTRAOP_THREADS']).toBeUndefined();
    expect(environment['TF_NUM_INTEROP_THREADS']).toBe('2');
  });

  it('passes the limit of the GPU memory to the first context of the process, and nothing without one', () => {
    expect(tensorFlowEnvironment({}, {})['DOUBLETIME_CONTEXT_CONFIG']).toBe('');
    const limited = tensorFlowEnvironment({ session: { gpuMemory: { share: 0.5 }, compile: 'xla' } }, {});
    expect(limited['DOUBLETIME_CONTEXT_CONFIG']).toBe('320b09000000000000e03f2001');
  });

  it('shows the warnings of XLA about ops that it cannot compile, even if a variable hides them', () => {
    const given = { TF_CPP_MIN_LOG_LEVEL: '3' };
    expect(tensorFlowEnvironment({ session: { compile: 'xla' } }, given)['TF_CPP_MIN_LOG_LEVEL']).toBe('1');
    expect(tensorFlowEnvironment({}, given)['TF_CPP_MIN_LOG_LEVEL']).toBeUndefined();
  });

  it('switches oneDNN on for every x86 processor, but not if the user has switched it off', () => {
    expect(tensorFlowEnvironment({}, {})['TF_ENABLE_ONEDNN_OPTS']).toBe(process.arch === 'x64' ? '1' : undefined);
    expect(tensorFlowEnvironment({}, { TF_ENABLE_ONEDNN_OPTS: '0' })['TF_ENABLE_ONEDNN_OPTS']).toBeUndefined();
  });

  it('lets a GPU continue after a step only if the loss is not read after every step', () => {
    expect(tensorFlowEnvironment({}, {})['TF_SYNC_ON_FINISH']).toBeUndefined();
    expect(tensorFlowEnvironment({ queuesSteps: true }, {})['TF_SYNC_ON_FINISH']).toBe('false');
  });

  it('hides every GPU for device cpu, and for no other device', () => {
    expect(tensorFlowEnvironment({ device: 'cpu' }, {})['CUDA_VISIBLE_DEVICES']).toBe('-1');
    expect(tensorFlowEnvironment({}, {})['CUDA_VISIBLE_DEVICES']).toBeUndefined();
  });
});

describe('determinism', () => {
  it('is required of all ops on a CPU', () => {
    const environment = tensorFlowEnvironment({}, {}, false);
    expect(environment['TF_DETERMINISTIC_OPS']).toBe('1');
  });

  it('is required only of cuDNN on a GPU, because the loss has no deterministic kernel there', () => {
    const environment = tensorFlowEnvironment({}, {}, true);
    expect(environment['TF_DETERMINISTIC_OPS']).toBeUndefined();
    expect(environment['TF_CUDNN_DETERMINISTIC']).toBe('1');
  });

  it('is required of all ops on a GPU if the recipe requires it, even if a variable is set', () => {
    const environment = tensorFlowEnvironment({ deterministic: true }, { TF_DETERMINISTIC_OPS: '0' }, true);
    expect(environment['TF_DETERMINISTIC_OPS']).toBe('1');
  });
});

describe('loadTensorFlow', () => {
  it('computes through the native addon', () => {
    const tf = loadTensorFlow();
    const product = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]]));
    expect([...product.dataSync()]).toEqual([11]);
    expect(nativeBackend().binding.TF_Version).toMatch(/^2\./);
  });

  it('runs a raw op and counts its tensors', () => {
    const tf = loadTensorFlow();
    const backend = nativeBackend();
    const input = tf.tensor1d([-1, 2]);
    const before = backend.binding.getNumOfTensors();
    const attribute = {
      name: 'T',
      type: backend.binding.TF_ATTR_TYPE,
      value: backend.binding.TF_FLOAT,
    };
    const output = backend.executeSingleOutput('Relu', [attribute], [input]);
    expect([...output.dataSync()]).toEqual([0, 2]);
    expect(backend.binding.getNumOfTensors()).toBe(before + 2); // the input's first use, the output
    tf.dispose([input, output]);
    expect(backend.binding.getNumOfTensors()).toBe(before);
  });
});
