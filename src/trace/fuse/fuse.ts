import { usesOneDnn } from '../../runtime/environment.ts';
import { kernelsInUse } from '../../runtime/kernels.ts';
import { hasBfloat16Products } from '../../runtime/precision-support.ts';
import { runtimeDevice } from '../../runtime/tensorflow.ts';
import type { Recording } from '../recording.ts';
import { splitBatchNorms } from '../xla/split-batch-norms.ts';
import { fuseBatchNorms } from './batch-norm.ts';
import { hasLowProducts, multiplyInFloat32 } from './bfloat16-products.ts';
import { fuseChannels } from './channels.ts';
import { fuseUpdates } from './update.ts';
import { fuseDepthwise } from './depthwise.ts';
import { mergePaddings } from './explicit-paddings.ts';
import { fuseFilterGradients } from './filter-gradient.ts';
import { fuseImages } from './images.ts';
import { fuseLinearGradients } from './linear-gradient.ts';
import { fusePointwise } from './pointwise.ts';
import { fuseScales } from './scale.ts';
import { splitGroups } from './split-groups.ts';

/** Where and how a recording is executed. */
interface Target {
  /** Default: the device that TensorFlow uses. */
  readonly device?: 'cpu' | 'gpu';
  /** Whether XLA compiles it. */
  readonly compile?: 'xla' | undefined;
  /** Whether TensorFlow's kernels for products in bfloat16 sum in float32. Default: as on this CPU. */
  readonly bfloat16Products?: boolean;
  /** Whether TensorFlow has gradients of grouped convolutions. Default: as on this CPU. */
  readonly groupedGradients?: boolean;
}

/** One rewriting of a recording, and when it is needed. */
interface Rule {
  readonly rewrite: (recording: Recording) => Recording;
  readonly isNeeded: (target: Target, recording: Recording) => boolean;
}

/** Whether TensorFlow's kernels of a CPU execute the ops one by one. */
const runsOnCpu = ({ device, compile }: Target): boolean => device === 'cpu' && compile === undefined;

/** Rules that replace groups of ops by doubletime's own kernels. */
const fusions: readonly Rule[] = [
  fuseImages,
  fuseBatchNorms,
  fuseScales,
  fuseChannels,
  fuseDepthwise,
  fuseFilterGradients,
  fuseLinearGradients,
  fusePointwise,
  fuseUpdates,
].map((rewrite) => ({ rewrite, isNeeded: (target) => runsOnCpu(target) && kernelsInUse() === 'doubletime' }));

/** All rules, in the order in which they rewrite a recording. */
const rules: readonly Rule[] = [
  { rewrite: mergePaddings, isNeeded: ({ device }) => device === 'gpu' },
  { rewrite: splitBatchNorms, isNeeded: ({ compile }) => compile === 'xla' },
  ...fusions,
  {
    rewrite: multiplyInFloat32,
    isNeeded: (target, recording) =>
      runsOnCpu(target) && hasLowProducts(recording) && !(target.bfloat16Products ?? hasBfloat16Products()),
  },
  // After the products: it splits gradients in float32 only.
  { rewrite: splitGroups, isNeeded: (target) => runsOnCpu(target) && !(target.groupedGradients ?? usesOneDnn()) },
];

/**
 * The recording as it is executed on a device. On a GPU, gradients of convolutions get explicit padding. On a CPU, groups of ops become
 * doubletime's own kernels (scripts/setup/native/kernels), which compute the same in fewer passes over memory. Products in bfloat16 run
 * in float32, and gradients of grouped convolutions group by group, on a CPU without kernels for them. XLA cannot compile doubletime's
 * kernels and fuses ops itself, so batch norms are split into ops for it. The recording that is counted is not changed: a group costs
 * what its ops cost.
 */
export function fuse(recording: Recording, { device = runtimeDevice().device, ...rest }: Target = {}): Recording {
  const target: Target = { ...rest, device };
  return rules.reduce(
    (rewritten, { rewrite, isNeeded }) => (isNeeded(target, rewritten) ? rewrite(rewritten) : rewritten),
    recording,
  );
}
