import type { DatasetIndex } from '../dataset.ts';
import type { DataRequest } from '../request.ts';
import type { DataSize, DataSource } from './define.ts';
import * as registered from './registry.ts';

type SourceName = keyof typeof registered;

/** The images that a config asks for, with the name of their source. */
export type SourcedRequest = DataRequest & { readonly source: SourceName };

const sources: Readonly<Record<SourceName, DataSource>> = registered;

/** The whole dataset that a config names; generated images are `syntheticSide` pixels square. */
export const findDataset = (data: SourcedRequest, syntheticSide: number): DatasetIndex =>
  sources[data.source].open(data, syntheticSide);

/** How large a config's dataset is, where that is known without looking at any file. */
export const knownSize = (data: SourcedRequest): DataSize | undefined => sources[data.source].size?.(data);

/** How many classes a config's dataset has. @throws UserError where it is not there or does not fit. */
export const countClasses = (data: SourcedRequest): number => sources[data.source].classes(data);
