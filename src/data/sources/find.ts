import type { DatasetIndex } from '../dataset.ts';
import type { DataRequest } from '../request.ts';
import type { DataSize, DataSource } from './define.ts';
import * as registered from './registry.ts';

type SourceName = keyof typeof registered;

/** The `data` of a config. */
export type SourcedRequest = DataRequest & { readonly source: SourceName };

/** Every source by its name in a config. */
const sources: Readonly<Record<SourceName, DataSource>> = registered;

/** The whole dataset of a config; `syntheticSide` is the side of generated images in pixels. @throws UserError as `open`. */
export const findDataset = (data: SourcedRequest, syntheticSide: number): DatasetIndex =>
  sources[data.source].open(data, syntheticSide);

/** The size of a config's dataset, if it is known without reading a file. */
export const knownSize = (data: SourcedRequest): DataSize | undefined => sources[data.source].size?.(data);

/** The number of classes of a config's dataset. @throws UserError if it is missing or does not match the config. */
export const countClasses = (data: SourcedRequest): number => sources[data.source].classes(data);
