import type { Precision } from '../base/precision.ts';

/** The limits of a card in the vendor's figures. Figures are for dense products, not the doubled figures for sparse ones. */
export interface GpuPeak {
  /** FLOP per second of products in each number format. A format for which the card has no units is missing. */
  readonly flopPerSecond: Readonly<Partial<Record<Precision, number>>>;
  /** Bytes per second to and from the card's memory. */
  readonly bytesPerSecond: number;
  readonly source: string;
}

const peak = (
  [float32, tf32, bfloat16]: readonly [number, number?, number?],
  gigabytesPerSecond: number,
  source: string,
): GpuPeak => ({
  flopPerSecond: {
    float32: float32 * 1e12,
    ...(tf32 !== undefined && { tf32: tf32 * 1e12 }),
    ...(bfloat16 !== undefined && { bfloat16: bfloat16 * 1e12 }),
  },
  bytesPerSecond: gigabytesPerSecond * 1e9,
  source,
});

/**
 * The cards by their names in nvidia-smi: teraflop/s in float32, TF32 and bfloat16, and gigabytes per second. If a data sheet has
 * figures of tensor cores only with sparsity, the dense figures here are half of them.
 */
const cards: readonly (readonly [name: RegExp, peak: GpuPeak])[] = [
  [/\bH200 NVL$/, peak([60, 417.5, 835.5], 4800, 'NVIDIA H200 Tensor Core GPU data sheet (NVL)')],
  [/\bH200$/, peak([67, 494.5, 989.5], 4800, 'NVIDIA H200 Tensor Core GPU data sheet (SXM)')],
  [/\bH100 80GB HBM3$/, peak([67, 494.5, 989.5], 3350, 'NVIDIA H100 Tensor Core GPU data sheet (SXM)')],
  [/\bH100 NVL$/, peak([60, 417.5, 835.5], 3900, 'NVIDIA H100 Tensor Core GPU data sheet (NVL)')],
  [/\bH100 PCIe$/, peak([51, 378, 756.5], 2000, 'NVIDIA H100 Tensor Core GPU data sheet (PCIe, 2022)')],
  [/\bA100-SXM4-80GB$/, peak([19.5, 156, 312], 2039, 'NVIDIA A100 Tensor Core GPU data sheet (80GB SXM)')],
  [/\bA100 80GB PCIe$/, peak([19.5, 156, 312], 1935, 'NVIDIA A100 Tensor Core GPU data sheet (80GB PCIe)')],
  [/\bA100-(SXM4|PCIE)-40GB$/, peak([19.5, 156, 312], 1555, 'NVIDIA A100 Tensor Core GPU data sheet (40GB)')],
  [/\bA30$/, peak([10.3, 82, 165], 933, 'NVIDIA A30 Tensor Core GPU data sheet')],
  [/\bA40$/, peak([37.4, 74.8, 149.7], 696, 'NVIDIA A40 data sheet')],
  [/\bA10$/, peak([31.2, 62.5, 125], 600, 'NVIDIA A10 Tensor Core GPU data sheet')],
  [/\bL40S$/, peak([91.6, 183, 362], 864, 'NVIDIA L40S data sheet')],
  [/\bL40$/, peak([90.5, 90.5, 181], 864, 'NVIDIA L40 data sheet')],
  [/\bL4$/, peak([30.3, 60, 121], 300, 'NVIDIA L4 Tensor Core GPU data sheet')],
  [/\bRTX A6000$/, peak([38.7, 77.4, 154.8], 768, 'NVIDIA Ampere GA102 GPU architecture white paper, appendix A')],
  [/\bRTX 3090$/, peak([35.6, 35.6, 71], 936, 'NVIDIA Ampere GA102 GPU architecture white paper, table 2')],
  [/\bRTX 4090$/, peak([82.6, 82.6, 165.2], 1008, 'NVIDIA Ada GPU architecture white paper, appendix A')],
  [/\bV100-SXM2-(16|32)GB$/, peak([15.7], 900, 'NVIDIA V100 Tensor Core GPU data sheet (SXM2)')],
  [/\bV100-PCIE-(16|32)GB$/, peak([14], 900, 'NVIDIA V100 Tensor Core GPU data sheet (PCIe)')],
  [/\bT4$/, peak([8.1], 320, 'NVIDIA T4 Tensor Core GPU data sheet')],
  [/\bP100-SXM2-16GB$/, peak([10.6], 732, 'NVIDIA Tesla P100 data sheet (NVLink)')],
  [/\bP100-PCIE-16GB$/, peak([9.3], 732, 'NVIDIA Tesla P100 data sheet (PCIe)')],
];

/** The limits of a card by its name in nvidia-smi; undefined for an unknown card. */
export const findGpuPeak = (name: string): GpuPeak | undefined => cards.find(([pattern]) => pattern.test(name))?.[1];
