import type { Precision } from '../base/precision.ts';

/** The device that steps run on, as far as its number formats depend on it. */
export interface PrecisionDevice {
  readonly device: 'cpu' | 'gpu';
  /** process.arch */
  readonly architecture: string;
  /** Flags of /proc/cpuinfo; empty if unknown. */
  readonly cpuFeatures: readonly string[];
  /** Of the GPUs that the driver lists; empty if unknown. */
  readonly gpus: readonly { readonly name: string; readonly computeCapability: number }[];
}

/** Ampere: the first GPUs with TF32 and bfloat16 units. */
const AMPERE = 8;

/** The CPU's instructions for products of bfloat16, any of which is enough, by process.arch. */
const BFLOAT16_INSTRUCTIONS: Readonly<Record<string, readonly string[]>> = {
  x64: ['avx512_bf16', 'amx_bf16'],
  arm64: ['bf16'],
};

/** Why this device cannot compute in a precision; undefined if it can. */
export function precisionProblem(precision: Precision, { device, gpus }: PrecisionDevice): string | undefined {
  if (precision === 'float32') return undefined;
  if (device === 'cpu')
    return precision === 'tf32'
      ? 'recipe.precision is tf32, but this run is on a CPU, and only NVIDIA GPUs since Ampere have TF32: run it on such a GPU, or set recipe.precision to float32 or bfloat16'
      : undefined;
  const old =
    gpus.length > 0 && gpus.every(({ computeCapability }) => computeCapability < AMPERE) ? gpus[0] : undefined;
  return (
    old &&
    `recipe.precision is ${precision}, but ${old.name} has compute capability ${old.computeCapability.toFixed(1)}, and ${precision} needs ${AMPERE.toFixed(1)} (Ampere) or later: set recipe.precision to float32`
  );
}

/** What makes a precision slow on this device; undefined if nothing does. */
export function precisionWarning(
  precision: Precision,
  { device, architecture, cpuFeatures }: PrecisionDevice,
): string | undefined {
  if (precision !== 'bfloat16' || device !== 'cpu') return undefined;
  const wanted = BFLOAT16_INSTRUCTIONS[architecture] ?? [];
  if (cpuFeatures.length === 0 || wanted.some((name) => cpuFeatures.includes(name))) return undefined;
  return `recipe.precision is bfloat16, but this CPU has no ${wanted.join(' and no ')}: TensorFlow emulates bfloat16 products here, so steps may take longer than in float32`;
}
