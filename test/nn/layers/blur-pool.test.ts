import { describe, expect, it } from 'vitest';
import { blurPool, flatten, linear } from '../../../src/nn/index.ts';
import type { Forward } from '../../../src/nn/scope.ts';
import { countForward, countNetwork } from '../../../src/engine/count.ts';
import { loadTensorFlow } from '../../../src/runtime/tensorflow.ts';

const [HEIGHT, CHANNELS] = [5, 2];
const valueAt = (y: number, x: number, c: number): number => Math.sin(1 + y) * Math.cos(2 + x) + 0.3 * c * y - 0.1 * x;

/** An image [1, 5, 5, 2] from a formula. */
const formulaImage = (): Float32Array =>
  Float32Array.from({ length: HEIGHT * HEIGHT * CHANNELS }, (_, i) =>
    valueAt(Math.floor(i / CHANNELS / HEIGHT), Math.floor(i / CHANNELS) % HEIGHT, i % CHANNELS),
  );

const reflected = (i: number): number => (i < 0 ? -i : i >= HEIGHT ? 2 * (HEIGHT - 1) - i : i);
/** The binomial weights of each size. */
const ROWS: Readonly<Record<number, readonly number[]>> = {
  2: [1, 1],
  3: [1, 2, 1],
  4: [1, 3, 3, 1],
  5: [1, 4, 6, 4, 1],
};

/** BlurPool of antialiased-cnns: nn.ReflectionPad2d of floor and ceil of (size - 1) / 2, then a strided convolution. */
function expected(size: number, stride: number, c: number): number[] {
  const row = ROWS[size]!;
  const total = row.reduce((a, b) => a + b, 0) ** 2;
  const before = Math.floor((size - 1) / 2);
  const outputs = Math.floor((HEIGHT - 1) / stride) + 1;
  return Array.from({ length: outputs ** 2 }, (_, at) => {
    const [top, left] = [Math.floor(at / outputs) * stride - before, (at % outputs) * stride - before];
    let sum = 0;
    for (const [i, a] of row.entries())
      for (const [j, b] of row.entries()) sum += a * b * valueAt(reflected(top + i), reflected(left + j), c);
    return sum / total;
  });
}

describe('BlurPool', () => {
  it.each([
    [2, 2],
    [3, 2],
    [4, 2],
    [5, 2],
    [4, 1],
    [3, 3],
  ])('blurs by %i pixels with a stride of %i as antialiased-cnns does', (size, stride) => {
    const tf = loadTensorFlow();
    const x = tf.tensor4d(formulaImage(), [1, HEIGHT, HEIGHT, CHANNELS]);
    const y = blurPool(x, { size, stride });
    const values = y.dataSync<'float32'>();
    for (let c = 0; c < CHANNELS; c++)
      for (const [i, value] of expected(size, stride, c).entries())
        expect(values[i * CHANNELS + c]).toBeCloseTo(value, 5);
  });

  it('has the gradient of its formula', () => {
    const tf = loadTensorFlow();
    const options = { size: 4, stride: 2 };
    const values = formulaImage();
    const x = tf.tensor4d(values, [1, HEIGHT, HEIGHT, CHANNELS]);
    const { value, grads } = tf.engine().gradients(() => tf.sum(tf.square(blurPool(x, options))), [x], undefined, true);
    value.dispose();
    const gradient = grads[0]!.dataSync<'float32'>();
    const loss = (image: Float32Array): number =>
      blurPool(tf.tensor4d(image, [1, HEIGHT, HEIGHT, CHANNELS]), options)
        .dataSync<'float32'>()
        .reduce((sum, v) => sum + v * v, 0);
    for (const i of [0, 1, 13, 24, 49]) {
      const [up, down] = [values.slice(), values.slice()];
      up[i]! += 0.01;
      down[i]! -= 0.01;
      // The loss is quadratic, so central differences are exact except for the rounding of float32, 1e-6 / 0.02.
      expect(gradient[i]).toBeCloseTo((loss(up) - loss(down)) / 0.02, 2);
    }
  });

  it('counts its products in both passes, and none of the weights', () => {
    const network: Forward = (net, x) =>
      linear(net.at('fc'), flatten(blurPool(x, { size: 3, stride: 2 })), { units: 2 });
    // 4 x 4 outputs of 3 channels. The gradient of the images is not computed.
    const blur = 4 * 4 * 3 * 9;
    const classifier = 4 * 4 * 3 * 2;
    const { macs } = countNetwork({ forward: network, input: 8, batch: 1 });
    expect(macs).toMatchObject({ forward: blur + classifier, step: blur + 2 * classifier });
  });

  it('is refused if the image is too small to be reflected', () => {
    const network: Forward = (net, x) =>
      linear(net.at('fc'), flatten(blurPool(x, { size: 4, stride: 2 })), { units: 2 });
    expect(() => countForward({ forward: network, input: 2 })).toThrow(
      /a blur of 4 pixels does not fit images of 2 x 2 pixels/,
    );
  });
});
