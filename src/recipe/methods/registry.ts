import { auxiliaryWeight } from './auxiliary-weight.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { clipGradientNorm } from './clip-gradient-norm.ts';
import { cutmix } from './cutmix.ts';
import { dropout } from './dropout.ts';
import { freeze } from './freeze.ts';
import { gradientAccumulation } from './gradient-accumulation.ts';
import { labelSmoothing } from './label-smoothing.ts';
import { lookahead } from './lookahead.ts';
import { mixup } from './mixup.ts';
import { movingAverage } from './moving-average.ts';
import { multiCrop } from './multi-crop.ts';
import { parameterGroups } from './parameter-groups.ts';
import { progressiveResizing } from './progressive-resizing.ts';
import { sharpnessAware } from './sharpness-aware.ts';
import { stochasticDepth } from './stochastic-depth.ts';
import { stochasticWeightAveraging } from './stochastic-weight-averaging.ts';
import { weightDecay } from './weight-decay.ts';

/** All training methods by their key in a recipe, in the order in which they are applied. */
export const methods = {
  dropout,
  stochasticDepth,
  labelSmoothing,
  mixup,
  cutmix,
  binaryCrossEntropy,
  auxiliaryWeight,
  sharpnessAware,
  gradientAccumulation,
  clipGradientNorm,
  parameterGroups,
  weightDecay,
  movingAverage,
  lookahead,
  stochasticWeightAveraging,
  multiCrop,
  progressiveResizing,
  freeze,
} as const;
