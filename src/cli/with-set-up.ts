import type { Argv, CommandModule } from 'yargs';
import { isCheckout } from '../base/files/home.ts';

/** Returns whether a command with these arguments needs CIFAR-10. Called only in an installed package. */
export type NeedsCifar10<Arguments> = (args: Arguments) => Promise<boolean>;

const noCifar10 = (): Promise<boolean> => Promise.resolve(false);

/** Wraps a command that needs TensorFlow. An installed package first sets itself up; without `--yes` it asks for permission. */
export const withSetUp = <Arguments>(
  command: CommandModule<object, Arguments>,
  needsCifar10: NeedsCifar10<Arguments> = noCifar10,
): CommandModule<object, Arguments & { yes: boolean }> => ({
  ...command,
  builder: async (cli: Argv) =>
    (typeof command.builder === 'function' ? await command.builder(cli) : (cli as unknown as Argv<Arguments>)).option(
      'yes',
      {
        type: 'boolean',
        default: false,
        describe: 'if set-up is needed, do not ask before downloading',
      },
    ),
  handler: async (args) => {
    if (!isCheckout) {
      const { requireSetUp } = await import('./set-up.ts');
      await requireSetUp({ cifar10: await needsCifar10(args as Arguments) }, args.yes);
    }
    await command.handler(args);
  },
});

/** Whether a run uses CIFAR-10; for `train` and `search`. @throws UserError as `loadRun`. */
export async function runNeedsCifar10({ run, set }: { run: string; set: string[] }): Promise<boolean> {
  const { findConfig } = await import('../config/shipped.ts');
  const { loadRun } = await import('../config/load.ts');
  return loadRun(findConfig(run, 'runs'), set).data.source === 'cifar10';
}

/** Whether a run of a sweep uses CIFAR-10; for `sweep` and `search`. @throws UserError as `planSweep`. */
export async function sweepNeedsCifar10({ file }: { file: string }): Promise<boolean> {
  const { planSweep } = await import('../api/plan-sweep.ts');
  return planSweep(file).runs.some(({ config }) => config.data.source === 'cifar10');
}
