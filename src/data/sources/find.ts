import type { DataConfig } from '../../config/data.ts';
import type { DatasetIndex } from '../dataset.ts';
import type { DataSize, DataSource } from './define.ts';
import * as registered from './registry.ts';

/** Typed by the names that a config takes: neither list can lack a source. */
const sources: Readonly<Record<DataConfig['source'], DataSource>> = registered;

/** The whole dataset that a config names; generated images are `syntheticSide` pixels square. */
export const findDataset = (data: DataConfig, syntheticSide: number): DatasetIndex =>
  sources[data.source].open(data, syntheticSide);

/** How large a config's dataset is, where that is known without looking at any file. */
export const knownSize = (data: DataConfig): DataSize | undefined => sources[data.source].size?.(data);

/** How many classes a config's dataset has. @throws UserError where it is not there or does not fit. */
export const countClasses = (data: DataConfig): number => sources[data.source].classes(data);
