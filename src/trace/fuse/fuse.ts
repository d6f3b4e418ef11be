import { kernelsInUse } from '../../runtime/kernels.ts';
import type { Recording } from '../recording.ts';
import { fuseBatchNorms } from './batch-norm.ts';
import { fuseChannels } from './channels.ts';
import { fuseUpdates } from './update.ts';
import { fuseDepthwise } from './depthwise.ts';
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
 * Replaces groups of ops by doubletime's own kernels for the CPU (scripts/setup/native/kernels), which compute the same in
 * fewer passes. The recording that is counted stays as it is: a group costs what its ops cost.
 */
export const fuse = (recording: Recording): Recording =>
  kernelsInUse() === 'doubletime' ? rules.reduce((given, rule) => rule(given), recording) : recording;
