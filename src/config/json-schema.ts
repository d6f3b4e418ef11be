import { z } from 'zod';
import { recipeSchema } from './recipe.ts';
import { runSchema } from './run.ts';
import { gridSchema, nameSchema, runEntrySchema, sweepSchema } from './sweep.ts';
import { tuneSchema } from './tune.ts';

/** What the schemas of editors add to runs, recipes and sweeps: `src/config/tune.ts` checks it. */
const search = {
  /** Values that `doubletime search` tries; training ignores them. */
  tune: tuneSchema.optional(),
};

/** A recipe in a run config or a sweep config: written out, the name of a file, or a file with changes. */
const recipeInRun = z
  .union([
    z.strictObject({ ...recipeSchema.shape, ...search }),
    z.string().min(1),
    z
      .strictObject(recipeSchema.shape)
      .partial()
      .extend({ from: z.string().min(1), ...search }),
  ])
  .meta({ id: 'recipeReference' });

/** The sweep schema for editors. The program itself checks recipes as part of each run. */
const sweepInEditor = (executorOptions: z.ZodRawShape) =>
  sweepSchema.extend(executorOptions).extend({
    recipe: recipeInRun.optional(),
    ...search,
    runs: z.array(runEntrySchema.extend({ recipe: recipeInRun.optional(), ...search })).default([]),
    grid: gridSchema
      .extend({
        recipes: z.union([z.array(z.string().min(1)).min(1), z.record(nameSchema, recipeInRun)]).optional(),
      })
      .optional(),
  });

/**
 * JSON Schemas for editors, by file name. Keys with a default are optional.
 * @param executorOptions the options of the executors in a sweep config, by key.
 */
export function schemaFiles(executorOptions: z.ZodRawShape): Map<string, string> {
  const schemas = {
    'run.json': z.strictObject({ ...runSchema.shape, recipe: recipeInRun, ...search }),
    'recipe.json': z.strictObject({ ...recipeSchema.shape, ...search }),
    'sweep.json': sweepInEditor(executorOptions),
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
    ]),
  );
}
