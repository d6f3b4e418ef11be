import { expect, it } from 'vitest';
import { findNetwork } from '../../../models/registry.ts';
import { countNetwork } from '../../../src/engine/count.ts';
import { readExactCounts } from '../../../src/trend/published/data.ts';

it.each(readExactCounts().counts)(
  'results/exact-counts.json has the count of $model; otherwise run `npx tsx scripts/generate/write-exact-counts.ts`',
  ({ network, model, input, forwardMacs, paper }) => {
    const entry = findNetwork(model);
    expect(findNetwork(network).family).toBe(entry.family);
    expect(entry.input).toBe(input);
    expect(countNetwork({ forward: entry.build(), input, batch: 1 }).macs.forward).toBe(forwardMacs);
    if (entry.paper.arxiv !== null) expect(paper).toBe(`https://arxiv.org/abs/${entry.paper.arxiv}`);
  },
);
