import type { DataConfig } from '../../config/data.ts';
import type { DatasetIndex } from '../dataset.ts';

/** The number of classes and images of a dataset. */
export interface DataSize {
  readonly classes: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
}

/** A data source that a config can name. src/config/data.ts says which options it takes. */
export interface DataSource {
  /**
   * Opens the whole dataset; `side` is the side of generated images in pixels.
   * @throws UserError exit code 65 or 66 if data are missing or damaged, 78 if the config does not match them.
   */
  readonly open: (data: DataConfig, side: number) => DatasetIndex;
  /** The number of classes, found without reading images. @throws UserError as `open`. */
  readonly classes: (data: DataConfig) => number;
  /** The size of the dataset, if it is known without reading a file. */
  readonly size?: (data: DataConfig) => DataSize | undefined;
}
