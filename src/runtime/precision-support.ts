import type { Precision } from '../base/precision.ts';
import { usesOneDnn } from './environment.ts';
import type { Gpu } from './gpu/gpus.ts';
import { findCpuFeatures } from './machine.ts';

/** The properties of the device of a run that decide which number formats it supports. */
export interface PrecisionDevice {
  readonly device: 'cpu' | 'gpu';
  /** process.arch */
  readonly architecture: string;
  /** Flags of /proc/cpuinfo; empty if unknown. */
  readonly cpuFeatures: readonly string[];
  /** The GPUs that the driver lists; empty if unknown. */
  readonly gpus: readonly Pick<Gpu, 'name' | 'computeCapability'>[];
}

/** The compute capability of Ampere, the first GPUs with units for TF32 and bfloat16. */
const AMPERE = 8;

/** The CPU features for bfloat16 products by process.arch. A CPU needs one of them. */
const BFLOAT16_INSTRUCTIONS: Readonly<Record<string, readonly string[]>> = {
  x64: ['avx512_bf16', 'amx_bf16'],
  arm64: ['bf16'],
};

/** Whether TensorFlow's kernels for products in bfloat16 sum in float32 on this CPU: oneDNN's do, and they need AVX-512. */
export const hasBfloat16Products = (
  cpuFeatures: readonly string[] = findCpuFeatures(),
  architecture: string = process.arch,
  environment: NodeJS.ProcessEnv = process.env,
): boolean => usesOneDnn(environment, architecture) && cpuFeatures.includes('avx512f');

/** Why this device cannot compute in a precision; undefined if it can. */
export function precisionProblem(precision: Precision, { device, gpus }: PrecisionDevice): string | undefined {
  if (precision === 'float32') return undefined;
  if (device === 'cpu')
    return precision === 'tf32'
      ? 'recipe.precision is tf32, but this run uses a CPU, and only NVIDIA GPUs since Ampere support TF32: use such a GPU, or set recipe.precision to float32 or bfloat16'
      : undefined;
  const known = gpus.filter(({ computeCapability }) => computeCapability !== null);
  const oldGpu = known.every(({ computeCapability }) => Number(computeCapability) < AMPERE) ? known[0] : undefined;
  return (
    oldGpu &&
    `recipe.precision is ${precision}, but ${oldGpu.name} has compute capability ${oldGpu.computeCapability}, and ${precision} needs ${AMPERE.toFixed(1)} (Ampere) or later: set recipe.precision to float32`
  );
}

/** Why a precision is slow on this device; undefined if it is not. */
export function precisionWarning(
  precision: Precision,
  { device, architecture, cpuFeatures }: PrecisionDevice,
): string | undefined {
  if (precision !== 'bfloat16' || device !== 'cpu') return undefined;
  const instructions = BFLOAT16_INSTRUCTIONS[architecture] ?? [];
  if (cpuFeatures.length === 0 || instructions.some((name) => cpuFeatures.includes(name))) return undefined;
  return `recipe.precision is bfloat16, but this CPU has no ${instructions.join(' and no ')}: bfloat16 products are emulated here, so steps may take longer than in float32`;
}
