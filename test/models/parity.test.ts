import { describe, expect, it } from 'vitest';
import { checkNetwork } from '../../scripts/parity/network.ts';
import { readReferences } from '../../scripts/parity/reference.ts';

const references = {
  ...readReferences('test/fixtures/parity.json'),
  // torchvision 0.29.2 and timm 1.0.31.
  ...readReferences('test/fixtures/parity-2020.json'),
};

describe('networks with weights from a formula compute the same as PyTorch in float64', () => {
  it.each(Object.entries(references))(
    '%s: names, shapes, logits, loss and gradients, eager and graph',
    (name, reference) => {
      expect(checkNetwork(name, reference).problems).toEqual([]);
    },
  );

  it('a wrong name, shape or number in the reference is detected', () => {
    const reference = references['squeezenet1_1']!;
    const [[name, shape] = ['', []], ...rest] = reference.tensors;
    const missing = { ...reference, tensors: rest };
    expect(checkNetwork('squeezenet1_1', missing).problems).toEqual([`extra ${name} [${shape.join(', ')}]`]);
    const swapped = {
      ...reference,
      tensors: [...rest.slice(0, 1), [name, shape] as const, ...rest.slice(1)],
    };
    expect(checkNetwork('squeezenet1_1', swapped as typeof reference).problems[0]).toMatch(/^order:/);
    const otherLoss = { ...reference, train_loss: reference.train_loss + 3e-4 };
    expect(checkNetwork('squeezenet1_1', otherLoss).problems).toEqual([
      expect.stringMatching(/^eager: loss: the difference is 3\.0e-4/),
      expect.stringMatching(/^graph: loss: the difference is 3\.0e-4/),
      expect.stringMatching(/^float64: loss: the difference is 3\.0e-4/),
      expect.stringMatching(/^own kernels: loss: the difference is 3\.0e-4/),
    ]);
  });
});
