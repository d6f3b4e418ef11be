import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { OpAttribute } from '../../runtime/binding.ts';
import { configError } from '../../base/errors.ts';
import { defineOp } from '../define.ts';
import type { Initializer } from '../initialize.ts';
import { tensorflowShape } from '../layout.ts';
import { int, integers, op, T, text } from '../raw.ts';
import type { Scope } from '../scope.ts';
import { addBias } from './linear.ts';
import { zeroPad } from './padding.ts';

type Size = number | readonly [height: number, width: number];

export interface ConvolutionOptions {
  /** Output channels. */
  readonly filters: number;
  readonly kernel: Size;
  readonly stride?: number;
  /** Zero pixels on each side, symmetric as in PyTorch. */
  readonly padding?: Size;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly initialize?: Initializer;
  readonly initializeBias?: Initializer;
}

const pair = (size: Size): readonly [number, number] =>
  typeof size === 'number' ? [size, size] : size;

interface Window {
  readonly stride: number;
  readonly padding: readonly [number, number];
}

interface Shapes extends Window {
  readonly inputShape: readonly number[];
  readonly filterShape: readonly number[];
}

/** Whether TensorFlow's SAME padding is this symmetric one: as many pixels in all, and an even number. */
function isSame({ stride, padding, inputShape, filterShape }: Shapes): boolean {
  return padding.every((side, i) => {
    const size = inputShape[i + 1] ?? 0;
    const all = (Math.ceil(size / stride) - 1) * stride + (filterShape[i] ?? 0) - size;
    return Math.max(all, 0) === 2 * side;
  });
}

/**
 * Strides and paddings as Conv2D and its gradients want them, NHWC. SAME wherever it means the same: on a CPU the
 * gradients of a 3 x 3 convolution take half as long with it as with EXPLICIT, which oneDNN does not know.
 */
const windowAttributes = (shapes: Shapes): OpAttribute[] => {
  const { stride, padding } = shapes;
  const [height, width] = padding;
  const kind = padding.every((side) => side === 0) ? 'VALID' : isSame(shapes) ? 'SAME' : 'EXPLICIT';
  return [
    T,
    int('strides', [1, stride, stride, 1]),
    text('padding', kind),
    int('explicit_paddings', kind === 'EXPLICIT' ? [0, 0, height, height, width, width, 0, 0] : []),
    int('dilations', [1, 1, 1, 1]),
    text('data_format', 'NHWC'),
  ];
};

/** A convolution op with the names of its two gradient ops; one for all channels or groups, one for depthwise. */
const convolution = (name: string, inputGradient: string, filterGradient: string) =>
  defineOp<Shapes>({
    name,
    forward: (inputs, window) =>
      op(name, windowAttributes(window), [inputs['x']!, inputs['filter']!]),
    saveInputs: ['x', 'filter'],
    parameters: ['filter'],
    gradient: ([dy], [x, filter], window) => ({
      x: () =>
        op(inputGradient, windowAttributes(window), [integers(window.inputShape), filter!, dy!]),
      filter: () =>
        op(filterGradient, windowAttributes(window), [x!, integers(window.filterShape), dy!]),
    }),
  });

const dense = convolution('Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter');
const depthwise = convolution(
  'DepthwiseConv2dNative',
  'DepthwiseConv2dNativeBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
);

/** The same with the zero pixels laid around the picture before the convolution. */
function paddedFirst(scope: Scope, { x, filter }: { x: Tensor; filter: Tensor }, shapes: Shapes) {
  const padded = zeroPad(x, shapes.padding, scope.path);
  const window = { ...shapes, padding: [0, 0] as const, inputShape: padded.shape };
  return dense({ x: padded, filter }, window, scope.path);
}

function checkOutput(
  scope: Scope,
  x: Tensor,
  kernel: readonly [number, number],
  padding: readonly [number, number],
) {
  const [, height = 0, width = 0] = x.shape;
  if (height + 2 * padding[0] >= kernel[0] && width + 2 * padding[1] >= kernel[1]) return;
  throw configError(
    `layer ${scope.path} would get nothing: its ${kernel[0]} x ${kernel[1]} window does not fit into ${height} x ${width} pixels; use a larger input size`,
  );
}

/**
 * Convolution of [n, h, w, c] to [n, h', w', filters] with `weight` [filters, c / groups, kh, kw] (PyTorch's shape),
 * h' = floor((h + 2 padding - kh) / stride) + 1.
 * @throws UserError (exit code 78) where the input is smaller than the window.
 */
export function conv2d(scope: Scope, x: Tensor, options: ConvolutionOptions): Tensor {
  const { filters, stride = 1, groups = 1 } = options;
  const [height, width] = pair(options.kernel);
  const padding = pair(options.padding ?? 0);
  const channels = x.shape[3] ?? 0;
  if (channels % groups !== 0 || filters % groups !== 0)
    throw configError(
      `layer ${scope.path}: ${groups} groups do not divide ${channels} input and ${filters} output channels`,
    );
  checkOutput(scope, x, [height, width], padding);
  const isDepthwise = groups === channels && groups > 1;
  const shape = [filters, channels / groups, height, width];
  const layout = isDepthwise ? 'depthwise' : 'convolution';
  const fanIn = (channels / groups) * height * width;
  const filter = scope.parameter('weight', {
    shape,
    layout,
    role: 'weight',
    initializer: options.initialize ?? { kaimingNormal: 'fanOut' },
    ...(isDepthwise ? { channels } : {}),
  });
  const filterShape = tensorflowShape(shape, layout, channels);
  const shapes = { stride, padding, inputShape: x.shape, filterShape };
  // Grouped gradients lack EXPLICIT padding on CPUs.
  const y =
    groups === 1 || isDepthwise || isSame(shapes)
      ? (isDepthwise ? depthwise : dense)({ x, filter }, shapes, scope.path)
      : paddedFirst(scope, { x, filter }, shapes);
  return options.bias === true
    ? addBias(scope, y, options.initializeBias ?? { uniformFanIn: fanIn })
    : y;
}
