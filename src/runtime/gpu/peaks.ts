import type { Precision } from '../../base/precision.ts';

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

/** NVIDIA's publications. If a data sheet has figures of tensor cores only with sparsity, the dense figures here are half of them. */
const sheets = {
  h200: 'NVIDIA H200 data sheet, resources.nvidia.com/en-us-data-center-overview-mc/en-us-data-center-overview/hpc-datasheet-sc23-h200',
  h100: 'NVIDIA H100 data sheet, resources.nvidia.com/en-us-tensor-core/nvidia-tensor-core-gpu-datasheet',
  a100: 'NVIDIA A100 data sheet, nvidia.com/content/dam/en-zz/Solutions/Data-Center/a100/pdf/nvidia-a100-datasheet-us-nvidia-1758950-r4-web.pdf',
  a30: 'NVIDIA A30 Tensor Core GPU data sheet',
  a40: 'NVIDIA A40 data sheet, images.nvidia.cn/content/Solutions/data-center/a40/nvidia-a40-datasheet.pdf',
  a10: 'NVIDIA A10 data sheet, nvidia.com/content/dam/en-zz/Solutions/Data-Center/a10/pdf/a10-datasheet.pdf',
  l40s: 'NVIDIA L40S data sheet, resources.nvidia.com/en-us-l40s/l40s-datasheet-28413',
  ampere:
    'NVIDIA Ampere GA102 architecture white paper, nvidia.com/content/PDF/nvidia-ampere-ga-102-gpu-architecture-whitepaper-v2.pdf',
  ada: 'NVIDIA Ada architecture white paper, images.nvidia.com/aem-dam/Solutions/Data-Center/l4/nvidia-ada-gpu-architecture-whitepaper-v2.1.pdf',
  v100: 'NVIDIA V100 data sheet, images.nvidia.com/content/technologies/volta/pdf/volta-v100-datasheet-update-us-1165301-r5.pdf',
  t4: 'NVIDIA T4 data sheet, nvidia.com/content/dam/en-zz/Solutions/Data-Center/tesla-t4/t4-tensor-core-datasheet-951643.pdf',
  p100: 'NVIDIA Tesla P100 data sheet',
} as const;

/** The cards by their names in nvidia-smi: teraflop/s in float32, TF32 and bfloat16, and gigabytes per second. */
const cards: readonly (readonly [name: RegExp, peak: GpuPeak])[] = [
  [/\bH200 NVL$/, peak([60, 417.5, 835.5], 4800, sheets.h200)],
  [/\bH200$/, peak([67, 494.5, 989.5], 4800, sheets.h200)],
  [/\bH100 80GB HBM3$/, peak([67, 494.5, 989.5], 3350, sheets.h100)],
  [/\bH100 NVL$/, peak([60, 417.5, 835.5], 3900, sheets.h100)],
  [/\bH100 PCIe$/, peak([51, 378, 756.5], 2000, sheets.h100)],
  [/\bA100-SXM4-80GB$/, peak([19.5, 156, 312], 2039, sheets.a100)],
  [/\bA100 80GB PCIe$/, peak([19.5, 156, 312], 1935, sheets.a100)],
  [/\bA100-(SXM4|PCIE)-40GB$/, peak([19.5, 156, 312], 1555, sheets.a100)],
  [/\bA30$/, peak([10.3, 82, 165], 933, sheets.a30)],
  [/\bA40$/, peak([37.4, 74.8, 149.7], 696, sheets.a40)],
  [/\bA10$/, peak([31.2, 62.5, 125], 600, sheets.a10)],
  [/\bL40S$/, peak([91.6, 183, 362.05], 864, sheets.l40s)],
  [/\bL40$/, peak([90.5, 90.5, 181.05], 864, sheets.ada)],
  [/\bL4$/, peak([30.3, 60, 121], 300, sheets.ada)],
  [/\bRTX A6000$/, peak([38.7, 77.4, 154.8], 768, `${sheets.ampere}, appendix C`)],
  [/\bRTX 3090$/, peak([35.6, 35.6, 71], 936, `${sheets.ampere}, appendix A`)],
  [/\bRTX 4090$/, peak([82.6, 82.6, 165.2], 1008, `${sheets.ada}, appendix A`)],
  [/\bV100-SXM2-(16|32)GB$/, peak([15.7], 900, sheets.v100)],
  [/\bV100-PCIE-(16|32)GB$/, peak([14], 900, sheets.v100)],
  [/\bT4$/, peak([8.1], 320, `${sheets.t4}; memory: 256 bits at 10 Gbit/s`)],
  [/\bP100-SXM2-16GB$/, peak([10.6], 732, sheets.p100)],
  [/\bP100-PCIE-16GB$/, peak([9.3], 732, sheets.p100)],
];

/** The limits of a card by its name in nvidia-smi; undefined for an unknown card. */
export const findGpuPeak = (name: string): GpuPeak | undefined => cards.find(([pattern]) => pattern.test(name))?.[1];
