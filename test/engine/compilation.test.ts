import { writeSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadTensorFlow } from '../../src/runtime/tensorflow.ts';
import { compiling, findFallback } from '../../src/engine/compilation.ts';
import { engineOf, feedsOf, largestDifference, recipeOf, SUM_ROUNDING } from '../support/engines.ts';
import { layerKinds, PIXELS } from '../support/layer-kinds.ts';

const FALLBACK = `W0000 00:00:1 xla_ops.cc:823] Compilation failed:UNIMPLEMENTED: GPU MaxPool gradient ops do not yet have a deterministic XLA implementation.
	 [[{{node train/21}}]]
	tf2xla conversion failed while converting cluster_5[_XlaCompiledKernel=true].  Falling back to TF function call.`;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a step that XLA compiles', () => {
  it.each(['maxPool 3, stride 2, padding 1', 'squeeze-and-excite'])(
    'equals the uncompiled step except for the order of sums: %s',
    (kind) => {
      loadTensorFlow({ session: { compile: 'xla' } });
      const [plain, compiled] = [{}, { compile: 'xla' }].map((session) => {
        const engine = engineOf(layerKinds[kind]!, PIXELS, 'graph', recipeOf({}), {
          trainExamples: 12,
          session,
        } as never);
        const losses = [0, 1].map((step) => engine.step(feedsOf(step)));
        const state = engine.readState();
        engine.close();
        return { losses, state };
      });
      compiled!.losses.forEach((loss, i) => {
        expect(Math.abs(loss / plain!.losses[i]! - 1)).toBeLessThan(SUM_ROUNDING);
      });
      expect(largestDifference(plain!.state, compiled!.state)).toBeLessThan(SUM_ROUNDING);
    },
  );

  it('is refused if a cluster has an op that XLA cannot compile', () => {
    loadTensorFlow({ session: { compile: 'xla' } });
    // XLA refuses the gradient of max pooling while TF_DETERMINISTIC_OPS is 1. Without it TensorFlow puts this gradient in a cluster.
    vi.stubEnv('TF_DETERMINISTIC_OPS', undefined);
    const recipe = recipeOf({});
    const engine = engineOf(layerKinds['maxPool 3, stride 2, padding 1']!, PIXELS, 'graph', recipe, {
      session: { compile: 'xla' },
    });
    vi.unstubAllEnvs();
    expect(() => engine.step(feedsOf(0))).toThrow(
      /^recipe.compile is xla, but XLA cannot compile this step: .*MaxPool/,
    );
    engine.close();
  });

  it('is refused if TensorFlow runs a part of it uncompiled and only prints a warning', () => {
    expect(findFallback(['I0000 something', ...FALLBACK.split('\n'), 'more'])).toBe(
      'UNIMPLEMENTED: GPU MaxPool gradient ops do not yet have a deterministic XLA implementation',
    );
    const call = () => {
      writeSync(2, `${FALLBACK}\n`);
      return 1;
    };
    expect(() => compiling(call)).toThrow(
      /recipe.compile is xla, but XLA cannot compile this step: UNIMPLEMENTED: GPU MaxPool .*; remove recipe.compile/,
    );
    expect(() => compiling(call)).toThrow(expect.objectContaining({ exitCode: 78 }));
  });

  it('is refused with the reason if the compiler fails; another error stays as it is', () => {
    const failing = (message: string) => () =>
      compiling(() => {
        throw new Error(message);
      });
    expect(failing('INTERNAL: ptxas exited with code 1')).toThrow(/XLA cannot compile this step: INTERNAL: ptxas/);
    expect(failing('OOM when allocating tensor')).toThrow(/^OOM when allocating tensor$/);
  });
});
