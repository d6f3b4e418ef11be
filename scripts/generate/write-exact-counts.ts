// Writes results/exact-counts.json, counted from the networks: npx tsx scripts/generate/write-exact-counts.ts
import { fileURLToPath } from 'node:url';
import { findNetwork } from '../../models/registry.ts';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { countNetwork } from '../../src/engine/count.ts';
import { readPublished } from '../../src/trend/published/data.ts';
import { countLogged, loggedSizes } from './logged-counts.ts';

/** AlexNet's is the only paper that is not on arXiv. */
const ALEXNET_PAPER =
  'https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks.pdf';

/** GoogLeNet is counted without its auxiliary heads, as in the paper's 3 x forward. */
const chooseModel = (network: string): string => (network === 'GoogLeNet' ? 'googlenet_noaux' : network);

const { alexnet_level: rows, logs } = readPublished();
const counts = [...rows.map(({ model }) => model), 'EfficientNet-b1'].map((network) => {
  const entry = findNetwork(chooseModel(network));
  const { macs } = countNetwork({ forward: entry.build(), input: entry.input, batch: 1 });
  return {
    network,
    model: entry.name,
    input: entry.input,
    forwardMacs: macs.forward,
    paper: entry.paper.arxiv === null ? ALEXNET_PAPER : `https://arxiv.org/abs/${entry.paper.arxiv}`,
    source: 'doubletime flops, from the recorded training step',
  };
});
const what =
  'Forward multiply-accumulates of convolutions and matrix products of one image, counted exactly from shapes, without auxiliary heads';
const logged = loggedSizes(logs.rows).map((size) => ({ ...size, forwardMacs: countLogged(size) }));
writeFileAtomic(
  fileURLToPath(new URL('../../results/exact-counts.json', import.meta.url)),
  `${JSON.stringify({ what, counts, logged }, null, 1)}\n`,
);
