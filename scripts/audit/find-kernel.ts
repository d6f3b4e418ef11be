import { z } from 'zod';

/** An op as a TensorFlow registers it: its kernels, and the types that it has where a node does not name them. */
export const registeredOpSchema = z.strictObject({
  kernels: z.array(
    z.strictObject({
      device: z.string(),
      label: z.string(),
      /** By type attribute: the types that the kernel takes. */
      constraints: z.record(z.string(), z.array(z.string())),
    }),
  ),
  defaults: z.record(z.string(), z.string()),
});
export type RegisteredOp = z.infer<typeof registeredOpSchema>;

/** Devices whose kernels run when an op is placed on a GPU, the better first. */
const DEVICES = ['GPU', 'DEFAULT'];

/** The device of a registered kernel that takes an op of these types on a GPU; undefined where none does. */
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
