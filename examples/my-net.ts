/**
 * Your own network in a file: two convolutions and a classifier, for images of 32 x 32 pixels.
 *
 *   npx doubletime flops ./my-net.ts --batch 32
 *   npx doubletime train my-net.yaml --dir runs/my-net
 */
import { batchNorm, conv2d, defineNetwork, globalAveragePool, linear, relu } from 'doubletime';

export default defineNetwork({
  name: 'my_net',
  published: '2026-01-01',
  input: 32,
  options: { classes: 10, width: 1 },
  forward:
    ({ classes, width }) =>
    (net, images) => {
      let x = images; // [n, 32, 32, 3]
      for (const [i, filters] of [16, 32].entries()) {
        const shape = { filters: Math.round(filters * width), kernel: 3, stride: 2, padding: 1 };
        x = conv2d(net.at(`conv${i}`), x, shape);
        x = relu(batchNorm(net.at(`norm${i}`), x));
      }
      // x: [n, 8, 8, 32 width]
      return linear(net.at('classifier'), globalAveragePool(x), { units: classes }); // [n, classes]
    },
});
