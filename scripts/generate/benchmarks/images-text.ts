import { z } from 'zod';
import { extremes } from '../../../src/base/numbers/extremes.ts';
import { table } from '../markdown.ts';
import { environmentText } from './environment.ts';
import { comparisonsSchema, grouped, libraryVersions, medianAndRange, roundsSchema, runNamed } from './rounds.ts';
import { beforeSteps, type beforeSchema } from './before-text.ts';

const libraries = z.object({ title: z.string(), workers: z.number(), runs: z.array(roundsSchema) });
const pack = z.object({
  title: z.string(),
  batch: z.number(),
  runs: z.array(roundsSchema),
  packMillisecondsABatch: z.number(),
});
const memory = z.object({ residentMegabytesByEpoch: z.array(z.number()).min(2) });

/** The form of docs/benchmarks/data.json. */
export const imagesSchema = comparisonsSchema.transform(({ environment, results }) => {
  const parsed = <Schema extends z.ZodType>(schema: Schema): z.output<Schema>[] =>
    results.flatMap((result) => {
      const { success, data } = schema.safeParse(result);
      return success ? [data] : [];
    });
  const [packed] = parsed(pack);
  const [resident] = parsed(memory);
  if (packed === undefined || resident === undefined) throw new Error('expected a comparison with a pack, and memory');
  return { environment, libraries: parsed(libraries), packed, resident };
});
type Images = z.output<typeof imagesSchema>;

const factor = (own: number, other: number): string => `${(own / other).toFixed(1)}x`;

/** A title without the names of folders and without the flip, which all have. */
const shortTitle = (title: string): string => title.replace(/ \(.*?\)/, '').replace(/ and flip$/, '');

function librariesTable(all: Images['libraries']): string {
  const rows = all.map(({ title, runs }) => {
    const own = runNamed(runs, 'doubletime');
    const others = ['torchvision float', 'torchvision uint8'].map((name) => runNamed(runs, name));
    const cells = others.map((other) => `${medianAndRange(other)}, ${factor(own.median, other.median)}`);
    return [shortTitle(title), medianAndRange(own), ...cells];
  });
  return table(['images/s', 'doubletime', 'torchvision, as usual', 'torchvision, uint8'], rows);
}

function packTable({ runs, batch }: Images['packed']): string {
  const names = {
    'the pack, 1 thread': 'from a raw pack, one thread',
    'decoding, 1 thread': 'decoding, one thread',
    'decoding, all': 'decoding, two threads',
  };
  const fromPack = runNamed(runs, 'the pack, 1 thread');
  const rows = Object.entries(names).map(([name, label]) => {
    const run = runNamed(runs, name);
    return [label, medianAndRange(run), run === fromPack ? '' : factor(fromPack.median, run.median)];
  });
  return table([`64 px, padded crop and flip, batch ${batch}`, 'images/s', 'pack against decoding'], rows);
}

/** The speed of the pipeline of images beside torchvision's, and that of a pack. */
export function imagesText(
  { environment, libraries: compared, packed, resident }: Images,
  before: z.output<typeof beforeSchema>,
): string {
  const [workers] = compared.map((result) => result.workers);
  const versions = libraryVersions(runNamed(compared[0]!.runs, 'torchvision float'));
  const [fastestStep] = extremes(runNamed(beforeSteps(before, 'mobilenet_v1'), 'graph').rounds);
  const milliseconds = packed.packMillisecondsABatch;
  const megabytes = resident.residentMegabytesByEpoch;
  const [early, late] = [megabytes[1]!, megabytes.at(-1)!];
  return `${environmentText(environment)} The other side: ${versions}. Both sides have ${workers} workers.

${librariesTable(compared)}
${packTable(packed)}
A batch of ${packed.batch} from the pack takes ${milliseconds.toFixed(3)} ms: ${((100 * milliseconds) / fastestStep).toFixed(2)} % of the fastest step of MobileNet v1 [above](#before-doubletimes-own-kernels) (${grouped(fastestStep)} ms).

Memory (RSS) over ${megabytes.length} epochs of 5,000 images, each with an evaluation: ${grouped(early)} MB after 2 epochs, ${grouped(late)} MB after ${megabytes.length} (${(100 * (late / early - 1)).toFixed(1)} % more).`;
}
