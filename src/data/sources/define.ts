import type { DataConfig } from '../../config/data.ts';
import type { DatasetIndex } from '../dataset.ts';

/** How many classes and images there are. */
export interface DataSize {
  readonly classes: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
}

/** A source of images that a config can name. src/config/data.ts says which options it takes. */
export interface DataSource {
  /** Opens the whole dataset; generated images are `side` pixels square. */
  readonly open: (data: DataConfig, side: number) => DatasetIndex;
  /** How many classes there are, without looking at every image. */
  readonly classes: (data: DataConfig) => number;
  /** The size, where it is known without opening anything. */
  readonly size?: (data: DataConfig) => DataSize | undefined;
}
