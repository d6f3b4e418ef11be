import type { RecipeConfig } from '../config/recipe.ts';
import { recipeSchema } from '../config/recipe.ts';
import { countRecording } from '../flops/count.ts';
import { toTensorflow } from '../nn/layout.ts';
import type { Forward, TensorSpec } from '../nn/scope.ts';
import { recordForward } from '../trace/network.ts';
import { record } from '../trace/record.ts';
import type { EvaluationResult } from './engine.ts';
import { planStep } from './plan.ts';
import { GraphRuntime } from './runtimes.ts';
import { evaluationStep } from './step.ts';

/** A network with its weights, ready to evaluate. */
export interface Evaluator {
  /** Forward MACs of one image. */
  readonly forwardMacs: number;
  /** Evaluates the first `count` of a batch of images [batch, input, input, 3] (uint8) with labels [batch]. */
  evaluate(feeds: { images: Uint8Array; labels: Int32Array; count: number }): EvaluationResult;
  close(): void;
}

interface EvaluatorOptions {
  readonly forward: Forward;
  /** Height and width in pixels of the network's input. */
  readonly input: number;
  readonly batch: number;
  readonly augmentation: RecipeConfig['augmentation'];
  /** Returns the values of the network's tensors, by name, in PyTorch's layout. */
  readonly weights: (specs: readonly TensorSpec[]) => ReadonlyMap<string, Float32Array>;
}

/**
 * Records the evaluation step of a network, the same as that of a run, and loads weights into it.
 * @throws UserError exit code 78 if the network does not fit the input, and the errors of `weights`.
 */
export function createEvaluator({ forward, input, batch, augmentation, weights }: EvaluatorOptions): Evaluator {
  const recipe = recipeSchema.parse({ batch, epochs: 1, learningRate: 1, augmentation });
  const plan = planStep({ forward, recipe, input, side: input, padding: 0 });
  const values = weights(plan.specs);
  const runtime = new GraphRuntime(new Map([['evaluate', record(evaluationStep(plan))]]));
  runtime.assign(
    new Map(plan.specs.map(({ name, shape, layout }) => [name, toTensorflow(values.get(name)!, shape, layout)])),
  );
  const { recording } = recordForward(forward, { input, batch: 1, training: false });
  return {
    forwardMacs: countRecording(recording).macs.forward,
    evaluate: ({ images, labels, count }) => {
      const mask = new Float32Array(batch).fill(1, 0, count);
      const results = runtime.call('evaluate', { images, labels, mask });
      const sum = (name: string): number => Number(results.get(name)?.[0] ?? Number.NaN);
      return { lossSum: sum('lossSum'), top1: sum('top1'), top5: sum('top5') };
    },
    close: () => {
      runtime.close();
    },
  };
}
