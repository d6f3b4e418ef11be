import { dataError } from '../../src/base/errors.ts';
import type { Engine, EvaluationResult, StateTensor, StepFeeds } from '../../src/engine/engine.ts';

/**
 * A softmax regression on the three mean colours of an image, with momentum, in plain JavaScript: deterministic, with a
 * state that depends on all batches and learning rates so far.
 */
export interface FakeOptions {
  readonly batch: number;
  readonly classes: number;
  readonly seed: number;
  /** Called before each step; may throw, or return another loss. */
  readonly beforeStep?: (step: number) => number | undefined;
  /** Rounds losses to float32, as TensorFlow returns them and the validator expects them. */
  readonly float32Losses?: boolean;
}

const FEATURES = 4;

export class FakeEngine implements Engine {
  readonly counts;
  readonly #options: FakeOptions;
  #weights: Float32Array;
  #momentum: Float32Array;
  /** The numbers of all steps that this engine was called for. */
  readonly stepsTaken: number[] = [];
  closed = false;

  constructor(options: FakeOptions) {
    const { batch, classes, seed } = options;
    this.#options = options;
    this.#weights = new Float32Array(classes * FEATURES).map((_, i) => Math.sin(seed + i) / 10);
    this.#momentum = new Float32Array(classes * FEATURES);
    const macs = classes * FEATURES;
    this.counts = {
      parameters: macs,
      batch,
      forwardMacsPerExample: macs,
      stepMacs: 2 * macs * batch,
      stepFlops: 5 * macs * batch,
      evaluationMacsPerExample: macs,
      evaluationFlopsPerExample: 2 * macs,
    };
  }

  #rounded(loss: number): number {
    return this.#options.float32Losses ? Math.fround(loss) : loss;
  }

  /** Mean colours of image n in [0, 1], and 1. */
  #features(images: Uint8Array, n: number, count: number): number[] {
    const size = images.length / count;
    const sums = [0, 0, 0];
    for (let i = 0; i < size; i++) sums[i % 3]! += images[n * size + i]!;
    return [...sums.map((sum) => sum / (size / 3) / 255), 1];
  }

  #probabilities(features: readonly number[]): number[] {
    const { classes } = this.#options;
    const logits = Array.from({ length: classes }, (_, c) =>
      features.reduce((sum, x, i) => sum + x * this.#weights[c * FEATURES + i]!, 0),
    );
    const max = Math.max(...logits);
    const powers = logits.map((logit) => Math.exp(logit - max));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  }

  step({ images, labels, learningRate, step }: StepFeeds): number {
    this.stepsTaken.push(step);
    const forced = this.#options.beforeStep?.(step);
    if (forced !== undefined) return forced;
    const gradient = new Float64Array(this.#weights.length);
    let loss = 0;
    for (const [n, label] of labels.entries()) {
      const features = this.#features(images, n, labels.length);
      const p = this.#probabilities(features);
      loss -= Math.log(Math.max(p[label]!, 1e-12));
      for (let c = 0; c < p.length; c++)
        for (let i = 0; i < FEATURES; i++)
          gradient[c * FEATURES + i]! += (p[c]! - (c === label ? 1 : 0)) * features[i]!;
    }
    for (let i = 0; i < gradient.length; i++) {
      this.#momentum[i] = 0.9 * this.#momentum[i]! + gradient[i]! / labels.length;
      this.#weights[i]! -= learningRate * this.#momentum[i]!;
    }
    return this.#rounded(loss / labels.length);
  }

  evaluate(feeds: { images: Uint8Array; labels: Int32Array; count: number }): EvaluationResult {
    const result = { lossSum: 0, top1: 0, top5: 0 };
    for (let n = 0; n < feeds.count; n++) {
      const p = this.#probabilities(this.#features(feeds.images, n, feeds.labels.length));
      const own = p[feeds.labels[n]!]!;
      const above = p.filter((other) => other > own).length;
      result.lossSum -= Math.log(Math.max(own, 1e-12));
      if (above < 1) result.top1 += 1;
      if (above < 5) result.top5 += 1;
    }
    result.lossSum = this.#rounded(result.lossSum);
    return result;
  }

  readState(): Map<string, StateTensor> {
    const shape = [this.#options.classes, FEATURES];
    return new Map([
      ['fc.weight', { shape, values: this.#weights.slice() }],
      ['momentum/fc.weight', { shape, values: this.#momentum.slice() }],
    ]);
  }

  writeState(state: ReadonlyMap<string, StateTensor>): void {
    const [weights, momentum] = [state.get('fc.weight'), state.get('momentum/fc.weight')];
    if (!weights || !momentum) throw dataError('a tensor is missing');
    this.#weights = weights.values.slice();
    this.#momentum = momentum.values.slice();
  }

  findNonFinite({ step }: StepFeeds): { layer: string; op: string } | undefined {
    const forced = this.#options.beforeStep?.(step);
    return forced === undefined ? undefined : { layer: 'fc', op: 'MatMul' };
  }

  tensorsAlive(): number {
    return 2;
  }

  close(): void {
    this.closed = true;
  }
}
