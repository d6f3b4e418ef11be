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

/** The devices of kernels that TensorFlow runs for an op on a GPU, in order of preference. */
const DEVICES = ['GPU', 'DEFAULT'];

/** The device of the registered kernel that runs an op with these types on a GPU; undefined if no kernel does. */
export function deviceOnGpu(
  { kernels, defaults }: RegisteredOp,
  types: Readonly<Record<string, string>>,
): string | undefined {
  const all = { ...defaults, ...types };
  const fitting = kernels.filter(
    ({ label, constraints }) =>
      label === '' && Object.entries(constraints).every(([name, allowed]) => allowed.includes(all[name] ?? '')),
  );
  return DEVICES.find((preferred) => fitting.some(({ device }) => device === preferred));
}
