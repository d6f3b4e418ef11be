/** The columns of openai/ai-and-efficiency's efficiency_sota.csv. */
export const TRACKER_COLUMNS = [
  'Metric',
  'Publication Date',
  'Publication',
  'Publication link',
  'Compute (teraflops-s/days)',
  'Reduction Factor',
  'Analysis',
  'Analysis link',
] as const;
export type TrackerColumn = (typeof TRACKER_COLUMNS)[number];
