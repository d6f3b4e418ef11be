import { kernelsInUse } from '../../runtime/kernels.ts';
import type { Recording } from '../recording.ts';
import { fuseBatchNorms } from './batch-norm.ts';
import { fuseChannels } from './channels.ts';
import { fuseDecay } from './decay.ts';
import { fuseDepthwise } from './depthwise.ts';
import { fuseImages } from './images.ts';
import { fusePointwise } from './pointwise.ts';
import { fuseScales } from './scale.ts';

const rules = [fuseImages, fuseBatchNorms, fuseScales, fuseChannels, fuseDepthwise, fuseDecay, fusePointwise] as const;

/**
 * Replaces groups of ops by doubletime's own CPU kernels (scripts/setup/native/kernels), which compute the same in fewer passes
 * over memory. The recording that is counted is not changed: a group costs what its ops cost.
 */
export const fuse = (recording: Recording): Recording =>
  kernelsInUse() === 'doubletime' ? rules.reduce((rewritten, rule) => rule(rewritten), recording) : recording;
