import type { DatasetIndex } from '../dataset.ts';
import type { DataRequest } from '../request.ts';

/** The number of classes and images of a dataset. */
export interface DataSize {
  readonly classes: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
}

/** Keys of a config that only some sources take. */
export const dataOptions = ['validationFraction', 'validation', 'labels', 'classes'] as const;
export type DataOption = (typeof dataOptions)[number];

/** A data source that a config can name. Its file loads no image decoder, because configs are read without one. */
export interface DataSource {
  /** What `data.path` of a config names; without it, the source takes no path. */
  readonly path?: 'folder' | 'pack file';
  /** Whether a config must have the path; default: no. */
  readonly needsPath?: boolean;
  /** The options that it takes; default: none. */
  readonly options?: readonly DataOption[];
  /**
   * Opens the whole dataset; `side` is the side of generated images in pixels.
   * @throws UserError exit code 65 or 66 if data are missing or damaged, 78 if the config does not match them.
   */
  readonly open: (data: DataRequest, side: number) => DatasetIndex;
  /** The number of classes, found without reading images. @throws UserError as `open`. */
  readonly classes: (data: DataRequest) => number;
  /** The size of the dataset, if it is known without reading a file. */
  readonly size?: (data: DataRequest) => DataSize | undefined;
}
