import type { Initializer } from './initialize.ts';
import type { Layout } from './layout.ts';
import type { Tensor } from './tensor.ts';

/** A named tensor of a network, as PyTorch's state dict has it. */
export interface TensorSpec {
  /** `layer1.0.conv1.weight` */
  readonly name: string;
  /** Shape in PyTorch's layout. */
  readonly shape: readonly number[];
  /** How TensorFlow's layout differs from it. */
  readonly layout: Layout;
  /** Input channels of a depthwise filter. */
  readonly channels?: number;
  readonly initializer: Initializer;
  /**
   * What it is: trained weights, biases, norms' scales and offsets, a branch's layer scale, and class tokens and position
   * embeddings; or a norm's moving statistic.
   */
  readonly role: 'weight' | 'bias' | 'normScale' | 'normOffset' | 'layerScale' | 'embedding' | 'statistic';
}

/** Parameters as PyTorch counts them: the elements of all tensors that are trained. */
export const countParameters = (specs: readonly TensorSpec[]): number =>
  specs
    .filter(({ role }) => role !== 'statistic')
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

/** What a pass through a network needs from whoever runs it. */
export interface Pass {
  readonly training: boolean;
  /** The tensor's present value in TensorFlow's layout. */
  parameter(spec: TensorSpec): Tensor;
  /** Takes the new value of a moving statistic. */
  update(name: string, value: Tensor): void;
  /** Seed of this step's random numbers: int32, [2]. */
  seed(): Tensor;
}

/** A place in a network: holds the path of names from its root. */
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

  /** The place `name` below this one; `at('layer1.0')` goes down two. */
  at(name: string): Scope {
    return new Scope(this.path === '' ? name : `${this.path}.${name}`, this.pass);
  }

  /** The tensor `leaf` of this place, declared by being asked for. */
  parameter(leaf: string, spec: Omit<TensorSpec, 'name'>): Tensor {
    return this.pass.parameter({ ...spec, name: this.#nameOf(leaf) });
  }

  update(leaf: string, value: Tensor): void {
    this.pass.update(this.#nameOf(leaf), value);
  }

  #nameOf(leaf: string): string {
    return this.path === '' ? leaf : `${this.path}.${leaf}`;
  }
}

/** What a network computes in training where it has auxiliary heads. */
export interface Heads {
  readonly logits: Tensor;
  /** Logits of the auxiliary heads; only in training. */
  readonly auxiliary: readonly Tensor[];
}

/** A network: images [n, h, w, 3] to logits [n, classes]. */
export type Forward = (net: Scope, images: Tensor) => Tensor | Heads;
