/** Something that prevents training, and how to fix it. */
export interface Problem {
  readonly what: string;
  readonly fix: string;
}
