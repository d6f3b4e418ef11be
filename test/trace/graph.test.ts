import { describe, expect, it, vi } from 'vitest';
import { planStep } from '../../src/engine/plan.ts';
import { trainingStep } from '../../src/engine/step.ts';
import { conv2d, flatten, linear, type Scope, type Tensor } from '../../src/nn/index.ts';
import { fuse } from '../../src/trace/fuse/fuse.ts';
import { GraphBuilder } from '../../src/trace/graph.ts';
import { messages } from '../../src/trace/protobuf.ts';
import { record } from '../../src/trace/record.ts';
import { recipeOf } from '../support/engines.ts';
import { PIXELS } from '../support/layer-kinds.ts';

interface Node {
  getName(): string;
  getOp(): string;
  getInputList(): string[];
}

/** The second convolution is one of one pixel: it becomes a matrix product of the reshaped weight. */
const forward = (net: Scope, images: Tensor): Tensor => {
  const wide = conv2d(net.at('wide'), images, { filters: 8, kernel: 3 });
  const narrow = conv2d(net.at('narrow'), wide, { filters: 4, kernel: 1 });
  return linear(net.at('end'), flatten(narrow), { units: 4 });
};

function buildNodes(): Node[] {
  const options = { forward, recipe: recipeOf({}), input: PIXELS, side: PIXELS, padding: 0 };
  const added = vi.spyOn(messages.GraphDef.prototype as { addNode(node: object): void }, 'addNode');
  new GraphBuilder().addRecording('train', fuse(record(trainingStep(planStep(options))), { device: 'cpu' }));
  const nodes = added.mock.calls.map(([node]) => node as Node);
  added.mockRestore();
  return nodes;
}

const withoutPort = (input: string): string => input.replace(/:\d+$/, '');

describe('the graph of a training step', () => {
  it('updates a weight in place after all ops that use its old value', () => {
    const nodes = buildNodes();
    const usersOf = (name: string): Node[] =>
      nodes
        .filter((node) => node.getInputList().some((input) => withoutPort(input) === name))
        .flatMap((node) => (node.getOp() === 'Reshape' ? [node, ...usersOf(node.getName())] : [node]));
    for (const layer of ['narrow', 'end']) {
      const handle = `variable/${layer}.weight`;
      const update = nodes.find(
        (node) => node.getOp() === 'ResourceApplyMomentum' && node.getInputList()[0] === handle,
      )!;
      const users = usersOf(`train/read/${handle}`);
      const waits = new Set(update.getInputList().map((input) => withoutPort(input.replace(/^\^/, ''))));
      expect(users.length).toBeGreaterThan(1);
      for (const user of users) expect(waits).toContain(user.getName());
    }
  });
});
