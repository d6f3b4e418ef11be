/**
 * Vision Transformer. Dosovitskiy et al. 2020, "An Image is Worth 16x16 Words", figure 1 and table 1 (base); tiny and small
 * are those of DeiT (Touvron et al. 2020, arXiv 2012.12877, table 1). `vit_b_16` has torchvision's names, the others have timm's.
 *
 * The position embedding has one entry for each patch of the input and one for the class token.
 */
import {
  add,
  addPosition,
  attention,
  classToken,
  dropout,
  type Forward,
  gelu,
  layerNorm,
  linear,
  patchCount,
  patchEmbedding,
  prependToken,
  type Scope,
  stochasticDepth,
  type Tensor,
} from '../src/nn/index.ts';
import { network, type NetworkEntry, percent } from './entry.ts';
import type { Options } from './options.ts';
import { type LayerNames, timm, torchvision } from './vit-names.ts';

/** Table 1: layers, and the channels of a token for each head. */
const LAYERS = 12;
const PATCH = 16;
const HEAD_CHANNELS = 64;

interface Row {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly names: LayerNames;
  readonly heads: number;
  readonly accuracy: readonly [number, number] | null;
}

const rows: readonly Row[] = [
  { name: 'vit_tiny_patch16_224', aliases: ['deit_tiny_patch16_224'], names: timm, heads: 3, accuracy: null }, // 192
  { name: 'vit_small_patch16_224', aliases: ['deit_small_patch16_224'], names: timm, heads: 6, accuracy: null }, // 384
  { name: 'vit_base_patch16_224', aliases: ['deit_base_patch16_224'], names: timm, heads: 12, accuracy: null }, // 768
  { name: 'vit_b_16', aliases: [], names: torchvision, heads: 12, accuracy: [81.072, 95.318] },
];

type ViTOptions = Pick<Options, 'classes' | 'width' | 'depth' | 'residual' | 'dropout' | 'stochasticDepth'>;

/** Options of every layer norm. */
const NORM = { epsilon: 1e-6 } as const;

interface Layer {
  readonly heads: number;
  readonly names: LayerNames;
  readonly residual: boolean;
  /** Probability that a branch of an image is dropped; there are two branches. */
  readonly drop: number;
}

/** Norm, queries, keys and values, attention, projection. */
function attentionBranch(net: Scope, x: Tensor, { heads, names }: Layer): Tensor {
  const channels = x.shape[2] ?? 0;
  const { attention: attentionName, projected, output } = names;
  const y = layerNorm(net.at(names.norms[0]), x, NORM);
  const qkv = linear(net.at(projected.place), y, {
    units: 3 * channels,
    prefix: projected.prefix,
    initialize: names.initial.attention,
    initializeBias: { constant: 0 },
  });
  return linear(net.at(output), attention(net.at(attentionName), qkv, heads), {
    units: channels,
    initialize: names.initial.output,
    initializeBias: { constant: 0 },
  });
}

/** Norm, linear to four times the channels, GELU, linear back. */
function denseBranch(net: Scope, x: Tensor, { names }: Layer): Tensor {
  const channels = x.shape[2] ?? 0;
  const initial = { initialize: names.initial.dense, initializeBias: names.initial.denseBias };
  const y = layerNorm(net.at(names.norms[1]), x, NORM);
  const wide = gelu(linear(net.at(names.dense[0]), y, { units: 4 * channels, ...initial }));
  return linear(net.at(names.dense[1]), wide, { units: channels, ...initial });
}

/** A layer of the encoder (figure 1, right). */
function encoderLayer(net: Scope, x: Tensor, layer: Layer): Tensor {
  const join = (branch: Tensor, name: string): Tensor => {
    if (!layer.residual) return branch;
    return add(x, stochasticDepth(net.at(name), branch, layer.drop));
  };
  x = join(attentionBranch(net, x, layer), 'drop_path1');
  return join(denseBranch(net, x, layer), 'drop_path2');
}

function vit({ names, heads: fullHeads }: Row, options: ViTOptions): Forward {
  const heads = Math.max(1, Math.round(fullHeads * options.width));
  const layers = Math.max(1, Math.round(LAYERS * options.depth));
  const channels = heads * HEAD_CHANNELS;
  return (net, images) => {
    const token = net.parameter(names.token, {
      shape: [1, 1, channels],
      layout: 'same',
      role: 'embedding',
      initializer: names.initial.token,
    });
    const declarePosition = () =>
      net.parameter(names.position, {
        shape: [1, patchCount(images, PATCH) + 1, channels],
        layout: 'same',
        role: 'embedding',
        initializer: { normal: 0.02 },
      });
    // In the state dict, timm's position embedding stands before the patches' convolution, and torchvision's after it.
    const declared = names.positionFirst ? declarePosition() : undefined;
    let x = patchEmbedding(net.at(names.patches), images, { patch: PATCH, channels, ...names.initial.patches });
    x = addPosition(prependToken(x, token), declared ?? declarePosition()); // [n, 197, c]
    for (let i = 0; i < layers; i++) {
      const drop = layers === 1 ? 0 : (options.stochasticDepth * i) / (layers - 1);
      x = encoderLayer(net.at(names.layer(i)), x, { heads, names, residual: options.residual, drop });
    }
    x = classToken(layerNorm(net.at(names.lastNorm), x, NORM)); // [n, c]
    x = dropout(net.at('dropout'), x, options.dropout);
    return linear(net.at(names.head), x, {
      units: options.classes,
      initialize: names.initial.head,
      initializeBias: { constant: 0 },
    });
  };
}

export const vits: readonly NetworkEntry[] = rows.map((row) =>
  network<keyof ViTOptions>({
    name: row.name,
    aliases: row.aliases,
    family: 'vit',
    published: '2020-10-22',
    paper: {
      title: 'An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale',
      arxiv: '2010.11929',
    },
    input: 224,
    accuracy: row.accuracy && percent('torchvision', row.accuracy),
    recipe: 'vit',
    options: { classes: 1000, width: 1, depth: 1, residual: true, dropout: 0, stochasticDepth: 0 },
    forward: (options) => vit(row, options),
  }),
);
