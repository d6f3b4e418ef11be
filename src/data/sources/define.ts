import type { DatasetIndex } from '../dataset.ts';
import type { DataRequest } from '../request.ts';

/** How many classes and images there are. */
export interface DataSize {
  readonly classes: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
}

/** Keys of a config that only some sources take. */
export const dataOptions = ['validationFraction', 'validation', 'labels', 'classes'] as const;
export type DataOption = (typeof dataOptions)[number];

/** A source of images that a config can name. It loads no image decoder, because configs are read without one. */
export interface DataSource {
  /** What `data.path` of a config names; without it, the source takes no path. */
  readonly path?: 'folder' | 'pack file';
  /** Whether a config must have the path; default: no. */
  readonly needsPath?: boolean;
  /** The options that it takes; default: none. */
  readonly options?: readonly DataOption[];
  /** Opens the whole dataset; generated images are `side` pixels square. */
  readonly open: (data: DataRequest, side: number) => DatasetIndex;
  /** How many classes there are, without looking at every image. */
  readonly classes: (data: DataRequest) => number;
  /** The size, where it is known without opening anything. */
  readonly size?: (data: DataRequest) => DataSize | undefined;
}
