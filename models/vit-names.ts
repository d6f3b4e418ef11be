import type { Initializer } from '../src/nn/index.ts';

/** Initial values of the layers. */
interface Initial {
  readonly token: Initializer;
  readonly patches: { readonly initialize?: Initializer; readonly initializeBias?: Initializer };
  /** Of queries, keys and values. */
  readonly attention: Initializer;
  readonly output: Initializer;
  readonly dense: Initializer;
  readonly denseBias: Initializer;
  readonly head: Initializer;
}

/** The names of the Vision Transformer's layers in a state dict, and their initial values. */
export interface LayerNames {
  readonly token: string;
  readonly position: string;
  /** Whether the state dict has the position embedding before the patches. */
  readonly positionFirst: boolean;
  readonly patches: string;
  readonly layer: (index: number) => string;
  readonly lastNorm: string;
  readonly head: string;
  /** Within a layer: the norms before attention and before the dense branch. */
  readonly norms: readonly [string, string];
  readonly attention: string;
  /** The layer of queries, keys and values; the prefix stands before `weight` and `bias`. */
  readonly projected: { readonly place: string; readonly prefix: string };
  readonly output: string;
  readonly dense: readonly [string, string];
  readonly initial: Initial;
}

/** The authors' trunc_normal_ cuts at 2, which is 100 standard deviations: it is a plain normal distribution. */
const narrow: Initializer = { normal: 0.02 };
const zero: Initializer = { constant: 0 };

/** timm's names and initial values. */
export const timm: LayerNames = {
  token: 'cls_token',
  position: 'pos_embed',
  positionFirst: true,
  patches: 'patch_embed.proj',
  layer: (index) => `blocks.${index}`,
  lastNorm: 'norm',
  head: 'head',
  norms: ['norm1', 'norm2'],
  attention: 'attn',
  projected: { place: 'attn.qkv', prefix: '' },
  output: 'attn.proj',
  dense: ['mlp.fc1', 'mlp.fc2'],
  initial: {
    token: { normal: 1e-6 },
    patches: { initialize: { kaimingUniform: 1 / Math.sqrt(3) } },
    attention: narrow,
    output: narrow,
    dense: narrow,
    denseBias: zero,
    head: narrow,
  },
};

/** torchvision's names and initial values. */
export const torchvision: LayerNames = {
  token: 'class_token',
  position: 'encoder.pos_embedding',
  positionFirst: false,
  patches: 'conv_proj',
  layer: (index) => `encoder.layers.encoder_layer_${index}`,
  lastNorm: 'encoder.ln',
  head: 'heads.head',
  norms: ['ln_1', 'ln_2'],
  attention: 'self_attention',
  projected: { place: 'self_attention', prefix: 'in_proj_' },
  output: 'self_attention.out_proj',
  dense: ['mlp.0', 'mlp.3'],
  initial: {
    token: zero,
    // Variance 1 / fan in.
    patches: { initialize: { normal: 1 / Math.sqrt(3 * 16 * 16) }, initializeBias: zero },
    attention: { xavierUniform: 1 },
    output: { kaimingUniform: 1 / Math.sqrt(3) },
    dense: { xavierUniform: 1 },
    denseBias: { normal: 1e-6 },
    head: zero,
  },
};
