// `doubletime doctor` starts this script. It loads TensorFlow, executes one training step and prints one line of JSON.
import { loadTensorFlow, nativeBackend, runtimeDevice, tensorFlowMessages } from './tensorflow.ts';

const tf = loadTensorFlow({ verbose: true });

/** Runs one step of gradient descent on a convolution. Returns the loss before and after it. */
function trainOneStep(): [number, number] {
  const images = tf.linspace(-1, 1, 4 * 8 * 8 * 3).reshape<import('@tensorflow/tfjs-node-gpu').Tensor4D>([4, 8, 8, 3]);
  const filter = tf.variable(tf.fill<import('@tensorflow/tfjs-node-gpu').Rank.R4>([3, 3, 3, 2], 0.1));
  const loss = () => tf.conv2d(images, filter, 1, 'same').sub(1).square().mean().asScalar();
  const before = loss().dataSync()[0]!;
  tf.train.sgd(0.01).minimize(loss);
  return [before, loss().dataSync()[0]!];
}

const [before, after] = trainOneStep();
const found = {
  version: nativeBackend().binding.TF_Version,
  ...runtimeDevice(),
  learned: after < before,
  messages: tensorFlowMessages(),
};
process.stdout.write(`doubletime-probe ${JSON.stringify(found)}\n`);
