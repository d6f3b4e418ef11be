import { findNetwork } from '../../models/registry.ts';
import { countNetwork } from '../../src/engine/count.ts';
import { recordForward } from '../../src/trace/network.ts';
import { readAttribute, type RecordedOp } from '../../src/trace/recording.ts';
import type { LogRow } from '../../src/trend/published/data.ts';

/** MACs of a depthwise 3 x 3 blur before a convolution with a stride; 0 for any other op. */
function blurMacs(op: RecordedOp): number {
  const strides = readAttribute(op, 'strides');
  const [, height = 0, width = 0, channels = 0] = op.inputs[0]?.shape ?? [];
  const isBlurred =
    op.name === 'Conv2D' && Array.isArray(strides) && strides.some((by) => Number(by) > 1) && channels >= 16;
  return isBlurred ? 9 * height * width * channels : 0;
}

/**
 * Forward MACs of one image. With `blurPool`, a depthwise 3 x 3 blur precedes every convolution with a stride and at least 16 input
 * channels, as in train_imagenet.py of github.com/libffcv/ffcv-imagenet (Zhang 2019, arXiv 1904.11486).
 */
export function countLogged({ model, input, blurPool }: { model: string; input: number; blurPool: boolean }): number {
  const forward = findNetwork(model).build();
  const plain = countNetwork({ forward, input, batch: 1 }).macs.forward;
  if (!blurPool) return plain;
  const { recording } = recordForward(forward, { input, batch: 1, training: true });
  return plain + recording.ops.reduce((sum, op) => sum + blurMacs(op), 0);
}

/** The networks and sizes in the logs, each once, in the order of their first appearance. */
export function loggedSizes(rows: readonly LogRow[]): { model: string; input: number; blurPool: boolean }[] {
  const all = rows.flatMap(({ model, blurPool = false, sizes }) =>
    sizes.map(({ input }) => ({ model, input, blurPool })),
  );
  return [...new Map(all.map((size) => [JSON.stringify(size), size])).values()];
}
