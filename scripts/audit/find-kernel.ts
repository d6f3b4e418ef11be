import { z } from 'zod';

/** An op as TensorFlow registers it: its kernels, and the default values of its type attributes. */
export const registeredOpSchema = z.strictObject({
  kernels: z.array(
    z.strictObject({
      device: z.string(),
      label: z.string(),
      /** The types that the kernel accepts, by type attribute. */
      constraints: z.record(z.string(), z.array(z.string())),
    }),
  ),
  defaults: z.record(z.string(), z.string()),
});
export type RegisteredOp = z.infer<typeof registeredOpSchema>;

/** Devices with kernels that run when an op is placed on a GPU, in order of preference. */
const DEVICES = ['GPU', 'DEFAULT'];

/** The device of a registered kernel that runs an op of these types on a GPU; undefined if there is none. */
export function deviceOnGpu(
  { kernels, defaults }: RegisteredOp,
  types: Readonly<Record<string, string>>,
): string | undefined {
  const all = { ...defaults, ...types };
  const fitting = kernels.filter(
    ({ label, constraints }) =>
      label === '' && Object.entries(constraints).every(([name, allowed]) => allowed.includes(all[name] ?? '')),
  );
  return DEVICES.find((wanted) => fitting.some(({ device }) => device === wanted));
}
