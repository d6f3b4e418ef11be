import { kernelsInUse } from '../../runtime/kernels.ts';
import { runtimeDevice } from '../../runtime/tensorflow.ts';
import type { Recording } from '../recording.ts';
import { fuseBatchNorms } from './batch-norm.ts';
import { fuseChannels } from './channels.ts';
import { fuseUpdates } from './update.ts';
import { fuseDepthwise } from './depthwise.ts';
import { mergePaddings } from './explicit-paddings.ts';
import { fuseImages } from './images.ts';
import { fusePointwise } from './pointwise.ts';
import { fuseScales } from './scale.ts';

const rules = [
  fuseImages,
  fuseBatchNorms,
  fuseScales,
  fuseChannels,
  fuseDepthwise,
  fusePointwise,
  fuseUpdates,
] as const;

/**
 * The recording as it is executed on a device. On a CPU, groups of ops become doubletime's own kernels
 * (scripts/setup/native/kernels), which compute the same in fewer passes over memory. On a GPU, gradients of convolutions get explicit
 * padding. The recording that is counted is not changed: a group costs what its ops cost.
 */
export function fuse(recording: Recording, device = runtimeDevice().device): Recording {
  if (device === 'gpu') return mergePaddings(recording);
  return kernelsInUse() === 'doubletime' ? rules.reduce((rewritten, rule) => rule(rewritten), recording) : recording;
}
