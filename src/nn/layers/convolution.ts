import type { OpAttribute } from '../../runtime/binding.ts';
import { configError } from '../../base/errors.ts';
import { defineOp } from '../define.ts';
import type { Initializer } from '../initialize.ts';
import { tensorflowShape } from '../layout.ts';
import { stridedSlice, int, integers, op, pad, slice, T, text } from '../raw.ts';
import type { Scope } from '../scope.ts';
import { checkImages } from './check-input.ts';
import { checkOptions, flag, initializer, optional, size, whole } from './check-options.ts';
import { addBias } from './linear.ts';
import type { Tensor } from '../tensor.ts';

type Size = number | readonly [height: number, width: number];

/** Options of `conv2d`. */
export interface ConvolutionOptions {
  /** Output channels. */
  readonly filters: number;
  /** Height and width of the window. */
  readonly kernel: Size;
  /** Default 1. */
  readonly stride?: number;
  /** Zero pixels on each side, as in PyTorch; default 0. */
  readonly padding?: Size;
  /** Default 1. */
  readonly groups?: number;
  /** Whether there is a `bias` [filters]; default false. */
  readonly bias?: boolean;
  /** Whether the filter keeps its initial values; default false. */
  readonly constant?: boolean;
  /** Default: kaimingNormal with the fan out, as in torchvision. */
  readonly initialize?: Initializer;
  /** Default: PyTorch's. */
  readonly initializeBias?: Initializer;
}

const rules = {
  filters: whole(1),
  kernel: size(1),
  stride: optional(whole(1)),
  padding: optional(size(0)),
  groups: optional(whole(1)),
  bias: optional(flag),
  constant: optional(flag),
  initialize: optional(initializer),
  initializeBias: optional(initializer),
};

const pair = (sides: Size): readonly [number, number] => (typeof sides === 'number' ? [sides, sides] : sides);

interface Window {
  readonly stride: number;
  readonly padding: readonly [number, number];
  readonly inputShape: readonly number[];
  readonly filterShape: readonly number[];
}

type Mode = 'VALID' | 'SAME' | 'EXPLICIT';

/** The attributes of Conv2D and its gradients, NHWC. */
const windowAttributes = ({ stride, padding: [height, width] }: Window, mode: Mode): OpAttribute[] => [
  T,
  int('strides', [1, stride, stride, 1]),
  text('padding', mode),
  int('explicit_paddings', mode === 'EXPLICIT' ? [0, 0, height, height, width, width, 0, 0] : []),
  int('dilations', [1, 1, 1, 1]),
  text('data_format', 'NHWC'),
];

/** Whether TensorFlow's SAME adds exactly `padding` on both sides. SAME adds an odd pixel at the end. */
function isSame(size: number, kernel: number, padding: number, stride: number): boolean {
  const reach = size + 2 * padding - kernel;
  const outputs = Math.ceil(size / stride);
  return (
    Math.floor(reach / stride) + 1 === outputs && Math.max((outputs - 1) * stride + kernel - size, 0) === 2 * padding
  );
}

function choosePaddingMode({ stride, padding, inputShape, filterShape }: Window): Mode {
  const [, height = 0, width = 0] = inputShape;
  const [kernelHeight = 0, kernelWidth = 0] = filterShape;
  if (padding[0] === 0 && padding[1] === 0) return 'VALID';
  return isSame(height, kernelHeight, padding[0], stride) && isSame(width, kernelWidth, padding[1], stride)
    ? 'SAME'
    : 'EXPLICIT';
}

/** The names of a convolution's gradient ops. */
interface GradientOps {
  readonly input: string;
  readonly filter: string;
}

/**
 * Gradients for a padding that is neither VALID nor SAME: pads the image, computes the gradients, and removes the padding.
 * oneDNN has no gradient kernel for EXPLICIT, and TensorFlow's own takes up to 30 times as long and does not support groups.
 */
function paddedGradients(
  names: GradientOps,
  window: Window,
  { dy, x, filter }: Readonly<Record<'dy' | 'x' | 'filter', Tensor>>,
) {
  const attributes = windowAttributes(window, 'VALID');
  const [height, width] = window.padding;
  const border = [0, height, width, 0];
  const paddedShape = window.inputShape.map((n, i) => n + 2 * (border[i] ?? 0));
  return {
    x: () => slice(op(names.input, attributes, [integers(paddedShape), filter, dy]), border, window.inputShape),
    filter: () => op(names.filter, attributes, [pad(x, border, border), integers(window.filterShape), dy]),
  };
}

/**
 * The gradient of the filter for VALID and SAME padding. A 1 x 1 window with a stride skips pixels; they are removed first,
 * because oneDNN's AVX-512 kernel for strides reads out of bounds with few channels (8 to 16 at 64 x 64 pixels: the process
 * crashes).
 */
function filterGradient(name: string, window: Window, mode: Mode, x: Tensor, dy: Tensor) {
  const [kernelHeight, kernelWidth] = window.filterShape;
  const { stride } = window;
  const skips = stride > 1 && kernelHeight === 1 && kernelWidth === 1 && mode === 'VALID';
  const pixels = skips ? stridedSlice(x, [1, stride, stride, 1]) : x;
  const attributes = windowAttributes(skips ? { ...window, stride: 1 } : window, mode);
  return op(name, attributes, [pixels, integers(window.filterShape), dy]);
}

/** Defines a convolution op with its two gradient ops. */
const convolution = (name: string, names: GradientOps) =>
  defineOp({
    name,
    inputs: ['x', 'filter'],
    saves: ['x', 'filter'],
    parameters: ['filter'],
    forward: ({ x, filter }, window: Window) =>
      op(name, windowAttributes(window, choosePaddingMode(window)), [x, filter]),
    gradient: ({ dy, x, filter }, window) => {
      const mode = choosePaddingMode(window);
      if (mode === 'EXPLICIT') return paddedGradients(names, window, { dy, x, filter });
      const attributes = windowAttributes(window, mode);
      return {
        x: () => op(names.input, attributes, [integers(window.inputShape), filter, dy]),
        filter: () => filterGradient(names.filter, window, mode, x, dy),
      };
    },
  });

const dense = convolution('Conv2D', {
  input: 'Conv2DBackpropInput',
  filter: 'Conv2DBackpropFilter',
});
const depthwise = convolution('DepthwiseConv2dNative', {
  input: 'DepthwiseConv2dNativeBackpropInput',
  filter: 'DepthwiseConv2dNativeBackpropFilter',
});

function checkOutput(scope: Scope, x: Tensor, kernel: readonly [number, number], padding: readonly [number, number]) {
  const [, height = 0, width = 0] = x.shape;
  if (height + 2 * padding[0] >= kernel[0] && width + 2 * padding[1] >= kernel[1]) return;
  throw configError(
    `layer ${scope.path} would have no output: its ${kernel[0]} x ${kernel[1]} window does not fit into ${height} x ${width} pixels; use a larger input size`,
  );
}

/**
 * Convolution of [n, h, w, c] to [n, h', w', filters] with `weight` [filters, c / groups, kh, kw] (PyTorch's shape),
 * h' = floor((h + 2 padding - kh) / stride) + 1.
 * @throws UserError exit code 78 if the options are invalid, the input is smaller than the window, or the groups do not divide the
 * channels.
 */
export function conv2d(scope: Scope, x: Tensor, options: ConvolutionOptions): Tensor {
  checkOptions(`layer ${scope.path}: conv2d`, options, rules);
  checkImages(`layer ${scope.path}: conv2d`, x);
  const { filters, stride = 1, groups = 1 } = options;
  const [height, width] = pair(options.kernel);
  const padding = pair(options.padding ?? 0);
  const channels = x.shape[3] ?? 0;
  if (channels % groups !== 0 || filters % groups !== 0)
    throw configError(
      `layer ${scope.path}: ${channels} input and ${filters} output channels cannot be split into ${groups} groups: choose a number of groups that divides both`,
    );
  checkOutput(scope, x, [height, width], padding);
  const isDepthwise = groups === channels && groups > 1;
  const shape = [filters, channels / groups, height, width];
  const layout = isDepthwise ? 'depthwise' : 'convolution';
  const fanIn = (channels / groups) * height * width;
  const filter = scope.parameter('weight', {
    shape,
    layout,
    role: options.constant === true ? 'constant' : 'weight',
    initializer: options.initialize ?? { kaimingNormal: 'fanOut' },
    ...(isDepthwise ? { channels } : {}),
  });
  const shapes = {
    stride,
    padding,
    inputShape: x.shape,
    filterShape: tensorflowShape(shape, layout, channels),
  };
  const run = isDepthwise ? depthwise : dense;
  const y = run({ x, filter }, shapes, scope.path);
  return options.bias === true ? addBias(scope, y, options.initializeBias ?? { uniformFanIn: fanIn }) : y;
}
