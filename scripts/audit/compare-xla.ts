// Compares the first training step that XLA compiles with the uncompiled step and with the same step in float64, for a network of
// every family, without dropout and stochastic depth. It prints the relative differences of the loss and of all gradients together.
// FILE keeps the networks that it already has. The exit code is 1 if a compiled step is wrong:
// - in float64, where rounding is negligible: if its loss or its gradients differ from the uncompiled ones by more than 1e-5;
// - in float32: if its loss differs from the uncompiled loss by more than 1e-5, and from float64 by more than that of TensorFlow's or
//   doubletime's kernels, whichever is less accurate.
//   npx tsx scripts/audit/compare-xla.ts [--out FILE] [NETWORK:PIXELS[:WIDTH]]...     (about 10 to 60 s per network)
import type { NetworkEntry } from '../../models/entry.ts';
import { findNetwork } from '../../models/registry.ts';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { loadTensorFlow } from '../../src/runtime/tensorflow.ts';
import { openGrowingRecord } from '../bench/record.ts';
import { readOptions, runScript } from '../run-script.ts';
import { computeStep, compareSteps, type Kernels } from './gradient-step.ts';

const FAMILIES = [
  ...['alexnet:64', 'vgg11:32', 'googlenet:64', 'resnet18:32:0.125', 'wide_resnet50_2:64:0.125', 'resnext50_32x4d:32'],
  ...['squeezenet1_1:64', 'densenet121:32', 'mobilenet_v1:64', 'mobilenet_v2:64', 'shufflenet_v1_x1_0_g3:64'],
  ...['shufflenet_v2_x1_0:64', 'mnasnet0_5:64', 'resnet9:32:0.125', 'mobilenet_v3_small:64', 'efficientnet_b0:64'],
  ...['regnet_x_400mf:64', 'vit_tiny_patch16_224:32', 'efficientnet_v2_s:64', 'convnext_atto:32'],
  'airbench94:32',
];
const MAX_DIFFERENCE = 1e-5;
const [BATCH, CLASSES] = [16, 4];

const { values, positionals } = readOptions('compare-xla', {
  options: { out: { type: 'string' } },
  allowPositionals: true,
});

interface Spec {
  readonly text: string;
  readonly entry: NetworkEntry;
  readonly side: number;
  readonly width: number | undefined;
}

/** @throws UserError exit code 64 or 78 if the text is not NETWORK:PIXELS[:WIDTH]. */
function parseSpec(text: string): Spec {
  const [name = '', pixels = '32', width] = text.split(':');
  const [side, factor] = [Number(pixels), width === undefined ? undefined : Number(width)];
  if (!Number.isInteger(side) || side < 1 || (factor !== undefined && !(factor > 0)))
    throw new UserError(`${text} is not NETWORK:PIXELS[:WIDTH], such as resnet18:32:0.125`, ExitCode.usage);
  return { text, entry: findNetwork(name), side, width: factor };
}

/** Compares the steps of a network with all kernels. */
function compareKernels({ text, entry, side, width }: Spec) {
  const options = { classes: CLASSES, dropout: 0, stochasticDepth: 0, ...(width !== undefined && { width }) };
  const forward = entry.build(
    Object.fromEntries(Object.entries(options).filter(([option]) => option in entry.options)),
  );
  const compute = (kernels: Kernels) => computeStep(forward, { batch: BATCH, side, classes: CLASSES }, kernels);
  const exact = compute('float64');
  const uncompiled = compute('doubletime');
  const compiled = compute('xla');
  return {
    network: text,
    compiledAgainstUncompiled: compareSteps(uncompiled, compiled),
    inFloat64: compareSteps(exact, compute('xlaFloat64')),
    againstFloat64: {
      compiled: compareSteps(exact, compiled),
      uncompiled: compareSteps(exact, uncompiled),
      tensorflowKernels: compareSteps(exact, compute('tensorflow')),
    },
  };
}
type Comparison = ReturnType<typeof compareKernels>;

/** Whether the compiled step differs by more than rounding errors explain. */
function isWrong({ compiledAgainstUncompiled, inFloat64, againstFloat64 }: Comparison): boolean {
  const { compiled, uncompiled, tensorflowKernels } = againstFloat64;
  const rounding = Math.max(uncompiled.loss, tensorflowKernels.loss);
  const isSame = Math.max(inFloat64.loss, inFloat64.gradient) <= MAX_DIFFERENCE;
  return !(isSame && (compiledAgainstUncompiled.loss <= MAX_DIFFERENCE || compiled.loss <= rounding));
}

await runScript('compare-xla', () => {
  const specs = (positionals.length > 0 ? positionals : FAMILIES).map(parseSpec);
  const record = openGrowingRecord<Comparison>('compare-xla', values.out, ({ network }) => network);
  loadTensorFlow({ session: { compile: 'xla' } });
  for (const spec of specs) {
    const result = compareKernels(spec);
    if (isWrong(result)) process.exitCode = 1;
    record.add(result);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
});
