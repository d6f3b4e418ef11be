// Loads TensorFlow through the addon, multiplies two matrices and prints one line of JSON.
import { createRequire } from 'node:module';
import util from 'node:util';

// As in src/runtime/tensorflow.ts: tfjs calls functions that Node 22 warns about and Node 23 has removed.
util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;
const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu');
const [product] = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync();
const { binding } = tf.backend();
const found = { version: binding.TF_Version, gpu: binding.isUsingGpuDevice(), product };
console.log(`doubletime-probe ${JSON.stringify(found)}`);
