import { z } from 'zod';
import { requestFields } from '../data/request.ts';
import { type DataOption, dataOptions, type DataSource } from '../data/sources/define.ts';
import * as registered from '../data/sources/registry.ts';

type SourceName = keyof typeof registered;

const sources: Readonly<Record<SourceName, DataSource>> = registered;

/** Which sources take an option. */
function optionReason(option: DataOption): string {
  const owners = Object.entries(sources).filter(([, { options = [] }]) => options.includes(option));
  const reason = `is only for source: ${owners.map(([name]) => name).join(', ')}`;
  return option === 'validationFraction' ? `${reason}; a pack keeps the split that it was packed with` : reason;
}

/** Which images, their size, and how many of them. */
export const dataSchema = z
  .strictObject({
    /** Where the images come from; see docs/data.md. */
    source: z.enum(Object.keys(sources) as [SourceName, ...SourceName[]]),
    ...requestFields,
  })
  .superRefine((data, context) => {
    const refuse = (path: keyof typeof data, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    const { path, needsPath = false, options = [] } = sources[data.source];
    if (needsPath && data.path === undefined)
      refuse('path', `is missing: source ${data.source} needs the path of a ${path}`);
    if (path === undefined && data.path !== undefined)
      refuse('path', `is only for sources that read files: remove it for source ${data.source}`);
    for (const option of dataOptions)
      if (data[option] !== undefined && !options.includes(option)) refuse(option, optionReason(option));
    if (data.validation !== undefined && data.validationFraction !== undefined)
      refuse('validation', 'cannot be combined with validationFraction: remove one of them');
  });
export type DataConfig = z.infer<typeof dataSchema>;
