import { describe, expect, it } from 'vitest';
import { findNetwork } from '../../models/registry.ts';
import { countForward } from '../../src/engine/count.ts';
import { recordForward } from '../../src/trace/network.ts';

const tensorsOf = (name: string, input: number, options = {}) =>
  recordForward(findNetwork(name).build(options), { input, batch: 2, training: true }).specs.map(
    (spec) => `${spec.name} [${spec.shape.join(', ')}]`,
  );

describe('the Vision Transformer', () => {
  it('has a position for each patch of the input and one for the class token', () => {
    expect(tensorsOf('vit_tiny_patch16_224', 96)).toContain('pos_embed [1, 37, 192]');
    expect(tensorsOf('vit_tiny_patch16_224', 224)).toContain('pos_embed [1, 197, 192]');
  });

  it("has torchvision's names and order as vit_b_16", () => {
    const tensors = tensorsOf('vit_b_16', 224);
    expect(tensors.slice(0, 18)).toEqual([
      'class_token [1, 1, 768]',
      'conv_proj.weight [768, 3, 16, 16]',
      'conv_proj.bias [768]',
      'encoder.pos_embedding [1, 197, 768]',
      ...[
        'ln_1.weight [768]',
        'ln_1.bias [768]',
        'self_attention.in_proj_weight [2304, 768]',
        'self_attention.in_proj_bias [2304]',
        'self_attention.out_proj.weight [768, 768]',
        'self_attention.out_proj.bias [768]',
        'ln_2.weight [768]',
        'ln_2.bias [768]',
        'mlp.0.weight [3072, 768]',
        'mlp.0.bias [3072]',
        'mlp.3.weight [768, 3072]',
        'mlp.3.bias [768]',
      ].map((name) => `encoder.layers.encoder_layer_0.${name}`),
      'encoder.layers.encoder_layer_1.ln_1.weight [768]',
      'encoder.layers.encoder_layer_1.ln_1.bias [768]',
    ]);
    expect(tensors.slice(-4)).toEqual([
      'encoder.ln.weight [768]',
      'encoder.ln.bias [768]',
      'heads.head.weight [1000, 768]',
      'heads.head.bias [1000]',
    ]);
  });

  it('costs the same under both names', () => {
    const count = (name: string) => countForward({ forward: findNetwork(name).build(), input: 224 });
    expect(count('vit_b_16')).toEqual(count('vit_base_patch16_224'));
  });

  it('has whole heads of 64 channels and whole layers if width and depth are scaled', () => {
    const tensors = tensorsOf('vit_tiny_patch16_224', 32, { width: 0.5, depth: 0.25 });
    expect(tensors).toContain('head.weight [1000, 128]');
    expect(tensors.filter((name) => name.includes('attn.qkv.weight'))).toHaveLength(3);
  });

  it('has the MACs of 17 tokens at 64 pixels', () => {
    const [tokens, channels, layers] = [17, 192, 12];
    const projections = tokens * (4 + 8) * channels ** 2;
    const products = 2 * tokens ** 2 * channels;
    const patches = 16 * channels * 3 * 16 * 16;
    const { macs } = countForward({ forward: findNetwork('vit_tiny_patch16_224').build(), input: 64 });
    expect(macs).toBe(layers * (projections + products) + patches + channels * 1000);
  });
});
