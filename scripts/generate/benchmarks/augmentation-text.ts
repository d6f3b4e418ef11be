import { z } from 'zod';
import { table } from '../markdown.ts';
import { listed } from './numbers.ts';

const versions = z.object({ images: z.number(), versions: z.string() });
const compared = z.object({
  operation: z.string(),
  /** The largest and the mean difference of a byte. */
  largest: z.number(),
  mean: z.number(),
  /** The part of the bytes that differ by more than 1. */
  beyondOne: z.number(),
});
const tables = z.object({ differentTables: z.array(z.string()) });

/** The form of docs/benchmarks/augmentation.json. */
export const augmentationSchema = z
  .object({ results: z.array(z.union([versions, compared, tables])) })
  .transform(({ results }) => {
    const [first] = results.flatMap((result) => ('versions' in result ? [result] : []));
    const [last] = results.flatMap((result) => ('differentTables' in result ? [result] : []));
    if (first === undefined || last === undefined) throw new Error('expected the versions and the tables');
    const operations = results.flatMap((result) => ('operation' in result ? [result] : []));
    return { ...first, ...last, operations };
  });

const percent = (part: number): string => (part === 0 ? '0' : `${(100 * part).toFixed(3)} %`);

/** The methods of doubletime by the names that Pillow has for them. */
const METHODS: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' };
const ownName = (operation: string): string => {
  const [verb, method] = operation.split(' ');
  if (method !== undefined) return `${verb} (${METHODS[method] ?? method})`;
  return /^[a-z]/.test(operation) ? `\`colorJitter\` of ${operation}` : operation;
};

/** The operations that are equal to torchvision's, and the differences of the others. */
export function augmentationText({
  images,
  versions: libraries,
  differentTables,
  operations,
}: z.output<typeof augmentationSchema>): string {
  const isEqual = ({ largest }: { largest: number }): boolean => largest === 0;
  const equal = operations.filter(isEqual).map(({ operation }) => ownName(operation));
  const rows = operations
    .filter((result) => !isEqual(result))
    .map(({ operation, largest, mean, beyondOne }) => [
      ownName(operation),
      String(largest),
      mean.toFixed(3),
      percent(beyondOne),
    ]);
  const heading = ['operation', '>largest difference', '>on average', '>bytes that differ by more than 1'];
  return [
    `With ${images} ImageNet images, ${libraries.replace(', ', ' and ')} ([augmentation.json](benchmarks/augmentation.json)),`,
    `these ${equal.length} operations are equal to the byte: ${listed(equal)}. The others:\n`,
    table(heading, rows),
    differentTables.length === 0
      ? '\nThe magnitudes of all levels (31 of RandAugment, 10 of AutoAugment) and both policies of AutoAugment are equal too.'
      : `\nThese tables differ: ${differentTables.join(', ')}.`,
  ].join('\n');
}
