import type { DataConfig } from '../../config/data.ts';
import type { DatasetIndex } from '../dataset.ts';
import type { DataSize, DataSource } from './define.ts';
import * as registered from './registry.ts';

/** Every source by its name. The type ties the registry to the names that a config takes: neither can lack a source. */
const sources: Readonly<Record<DataConfig['source'], DataSource>> = registered;

/** The whole dataset of a config; `syntheticSide` is the side of generated images in pixels. @throws UserError as `open`. */
export const findDataset = (data: DataConfig, syntheticSide: number): DatasetIndex =>
  sources[data.source].open(data, syntheticSide);

/** The size of a config's dataset, if it is known without reading a file. */
export const knownSize = (data: DataConfig): DataSize | undefined => sources[data.source].size?.(data);

/** The number of classes of a config's dataset. @throws UserError if it is missing or does not match the config. */
export const countClasses = (data: DataConfig): number => sources[data.source].classes(data);
