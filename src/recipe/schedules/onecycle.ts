import { z } from 'zod';
import { defineSchedule, interpolateCosine } from '../schedule.ts';

/**
 * Rises from 1 / startDivisor of the highest learning rate to the highest, then falls to 1 / (startDivisor x endDivisor), both along
 * half a cosine (Smith & Topin 2018, as in torch.optim.lr_scheduler.OneCycleLR).
 */
export const onecycle = defineSchedule({
  schema: z.strictObject({
    name: z.literal('onecycle'),
    /** The fraction of the run in which the learning rate rises. */
    warmFraction: z.number().gt(0).lt(1).default(0.3),
    /** The run starts at the highest learning rate divided by this. */
    startDivisor: z.number().gt(1).default(25),
    /** The run ends at its first learning rate divided by this. */
    endDivisor: z.number().gt(1).default(1e4),
  }),
  warmsUp: true,
  factor: ({ warmFraction, startDivisor, endDivisor }, { tick, ticks }) => {
    const top = warmFraction * ticks - 1;
    const start = 1 / startDivisor;
    if (tick <= top) return interpolateCosine(start, 1, top === 0 ? 1 : tick / top);
    const fraction = ticks - 1 === top ? 1 : Math.min(1, (tick - top) / (ticks - 1 - top));
    return interpolateCosine(1, start / endDivisor, fraction);
  },
});
