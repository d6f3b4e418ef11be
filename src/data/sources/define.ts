import type { DatasetIndex } from '../dataset.ts';
import type { DataRequest } from '../request.ts';

/** The number of classes and images of a dataset. */
export interface DataSize {
  readonly classes: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
}

/** The keys of a config that only some sources take. */
export const dataOptions = ['validationFraction', 'validation', 'labels', 'classes'] as const;
export type DataOption = (typeof dataOptions)[number];

/**
 * A data source that a config can name. Its file must not load an image decoder, because reading a config must not load one.
 */
export interface DataSource {
  /** What `data.path` of a config is; undefined if the source takes no path. */
  readonly path?: 'folder' | 'pack file';
  /** Whether a config must have the path; false by default. */
  readonly needsPath?: boolean;
  /** The options that the source takes; none by default. */
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
