import { describe, expect, it } from 'vitest';
import { recordFunctions, stepFunctions } from '../../src/engine/create-engine.ts';
import { requireDeterministicKernels } from '../../src/engine/determinism.ts';
import { planStep } from '../../src/engine/plan.ts';
import { findNetwork } from '../../models/registry.ts';
import { engineOf, feedsOf, largestDifference, recipeOf, runSteps, SUM_ROUNDING } from '../support/engines.ts';
import { layerKinds, PIXELS } from '../support/layer-kinds.ts';

const forward = layerKinds['conv2d with bias, no padding']!;
const steps = (recipe: object) =>
  runSteps(engineOf(forward, PIXELS, 'graph', recipeOf(recipe), { trainExamples: 12 }), 3);

const recordingsOf = (network: string, recipe: object) =>
  recordFunctions(
    stepFunctions(
      planStep({
        forward: findNetwork(network).build({ classes: 4 }),
        recipe: recipeOf(recipe),
        ...{ input: 64, side: 64, padding: 0 },
      }),
    ),
  );

describe('recipe.deterministic', () => {
  it('gives equal bits in two runs, and the default loss within rounding', () => {
    const [first, second] = [steps({ deterministic: true }), steps({ deterministic: true })];
    expect(second.losses).toEqual(first.losses);
    expect(largestDifference(first.state, second.state)).toBe(0);
    const byDefault = steps({});
    expect(Math.abs(first.losses[0]! / byDefault.losses[0]! - 1)).toBeLessThan(SUM_ROUNDING);
    expect(largestDifference(first.state, byDefault.state)).toBeLessThan(SUM_ROUNDING);
  });

  it('evaluates with the same loss, even with label smoothing in training', () => {
    const [own, byDefault] = [{ deterministic: true as const }, {}].map((given) => {
      const engine = engineOf(forward, PIXELS, 'graph', recipeOf({ labelSmoothing: 0.1, ...given }));
      const { images, labels } = feedsOf(0);
      const result = { loss: engine.step(feedsOf(0)), ...engine.evaluate({ images, labels, count: 4 }) };
      engine.close();
      return result;
    });
    expect(Math.abs(own!.loss / byDefault!.loss - 1)).toBeLessThan(SUM_ROUNDING);
    expect(Math.abs(own!.lossSum / byDefault!.lossSum - 1)).toBeLessThan(SUM_ROUNDING);
  });

  it('leaves no op without a deterministic GPU kernel in a ResNet', () => {
    const recordings = recordingsOf('resnet18', { deterministic: true });
    requireDeterministicKernels(recordings);
    const names = new Set([...recordings.values()].flatMap(({ ops }) => ops.map(({ name }) => name)));
    expect(names).toContain('LogSoftmax');
    expect(names).not.toContain('SoftmaxCrossEntropyWithLogits');
  });

  it('names the ops without a deterministic GPU kernel before the first step: the default loss, and depthwise filters', () => {
    const refusal = (network: string, recipe: object) => () => {
      requireDeterministicKernels(recordingsOf(network, recipe));
    };
    expect(refusal('resnet18', {})).toThrow('SoftmaxCrossEntropyWithLogits (layer loss)');
    const depthwise = refusal('mobilenet_v1_x0_25', { deterministic: true });
    expect(depthwise).toThrow(
      /no deterministic GPU kernel for DepthwiseConv2dNativeBackpropFilter \(layer \S+\): remove/,
    );
    expect(depthwise).toThrow(expect.objectContaining({ exitCode: 78 }));
  });
});
