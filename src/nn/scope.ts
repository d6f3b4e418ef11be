import type { Initializer } from './initialize.ts';
import type { Layout } from './layout.ts';
import type { Tensor } from './tensor.ts';

/** A tensor of a network as in PyTorch's state dict. */
export interface TensorSpec {
  /** `layer1.0.conv1.weight` */
  readonly name: string;
  /** Shape in PyTorch's layout. */
  readonly shape: readonly number[];
  /** How TensorFlow's layout differs from PyTorch's. */
  readonly layout: Layout;
  /** Input channels of a depthwise filter. */
  readonly channels?: number;
  readonly initializer: Initializer;
  /**
   * The kind of tensor. Trained are weights, biases, norms' scales and offsets, layer scales, and embeddings (class tokens and
   * positions). A `constant` is a parameter that is never trained, a `statistic` a norm's moving mean or variance.
   */
  readonly role: 'weight' | 'bias' | 'normScale' | 'normOffset' | 'layerScale' | 'embedding' | 'constant' | 'statistic';
}

/** The number of parameters as PyTorch counts them: the elements of all tensors except moving statistics. */
export const countParameters = (specs: readonly TensorSpec[]): number =>
  specs
    .filter(({ role }) => role !== 'statistic')
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** What a forward pass of a network needs from its caller. */
export interface Pass {
  /** Whether this is a pass of training; otherwise it is one of an evaluation. */
  readonly training: boolean;
  /** The current value of a tensor, in TensorFlow's layout. */
  parameter(spec: TensorSpec): Tensor;
  /** Receives the new value of a moving statistic. */
  update(name: string, value: Tensor): void;
  /** The seed of this step's random numbers: int32 [2]. A layer draws them once in a pass. */
  seed(layer: string): Tensor;
}

/** A position in a network, identified by its path of names. */
export class Scope {
  readonly path: string;
  readonly pass: Pass;

  constructor(path: string, pass: Pass) {
    this.path = path;
    this.pass = pass;
  }

  get training(): boolean {
    return this.pass.training;
  }

  /** The scope `name` inside this one; `at('layer1.0')` descends two levels. */
  at(name: string): Scope {
    return new Scope(this.path === '' ? name : `${this.path}.${name}`, this.pass);
  }

  /** Declares the tensor `leaf` of this scope. A network declares each tensor once in a pass. */
  parameter(leaf: string, spec: Omit<TensorSpec, 'name'>): Tensor {
    return this.pass.parameter({ ...spec, name: this.#tensorName(leaf) });
  }

  /** Sets the new value of the moving statistic `leaf` of this scope. */
  update(leaf: string, value: Tensor): void {
    this.pass.update(this.#tensorName(leaf), value);
  }

  #tensorName(leaf: string): string {
    return this.path === '' ? leaf : `${this.path}.${leaf}`;
  }
}

/** The outputs of a network with auxiliary heads in training. */
export interface Heads {
  readonly logits: Tensor;
  /** Logits of the auxiliary heads; only in training. */
  readonly auxiliary: readonly Tensor[];
}

/** A network: images [n, h, w, 3] to logits [n, classes]. */
export type Forward = (net: Scope, images: Tensor) => Tensor | Heads;

/** The outputs of a network, with an empty list if it has no auxiliary heads. */
export const toHeads = (result: Tensor | Heads): Heads =>
  'logits' in result ? result : { logits: result, auxiliary: [] };
