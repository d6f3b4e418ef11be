import { auxiliaryWeight } from './auxiliary-weight.ts';
import { clipGradientNorm } from './clip-gradient-norm.ts';
import { dropout } from './dropout.ts';
import { gradientAccumulation } from './gradient-accumulation.ts';
import { labelSmoothing } from './label-smoothing.ts';
import { movingAverage } from './moving-average.ts';
import { stochasticDepth } from './stochastic-depth.ts';
import { weightDecay } from './weight-decay.ts';

/** All training methods by their key in a recipe, in the order in which they are applied. */
export const methods = {
  dropout,
  stochasticDepth,
  labelSmoothing,
  auxiliaryWeight,
  gradientAccumulation,
  clipGradientNorm,
  weightDecay,
  movingAverage,
} as const;
