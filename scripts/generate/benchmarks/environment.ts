import { z } from 'zod';

/** The parts of a benchmark's `environment` that a page names. */
export const environmentSchema = z.object({
  commit: z.string(),
  cpu: z.string(),
  threads: z.number(),
  node: z.string(),
});

/** Where something was measured: the commit, the processor and Node. */
export const environmentText = ({ commit, cpu, threads, node }: z.output<typeof environmentSchema>): string =>
  `Measured at commit ${commit.slice(0, 7)} on ${threads} cores of an ${cpu}, Node ${node.replace(/^v/, '')}.`;
