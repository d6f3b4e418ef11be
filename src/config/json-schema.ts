import { z } from 'zod';
import { recipeSchema } from './recipe.ts';
import { runSchema } from './run.ts';
import { gridSchema, nameSchema, runEntrySchema, sweepSchema } from './sweep.ts';
import { tuneSchema } from './tune.ts';

/** The keys for `doubletime search` in runs, recipes and sweeps. `src/config/tune.ts` checks their values. */
const searchKeys = {
  /** Values that `doubletime search` tries; training ignores them. */
  tune: tuneSchema.optional(),
};

/** A recipe in a run config or a sweep config: a complete recipe, the path of a file, or a file with changes. */
const recipeInRun = z
  .union([
    z.strictObject({ ...recipeSchema.shape, ...searchKeys }),
    z.string().min(1),
    z
      .strictObject(recipeSchema.shape)
      .partial()
      .extend({ from: z.string().min(1), ...searchKeys }),
  ])
  .meta({ id: 'recipeReference' });

/** The schema of sweep configs for editors. doubletime itself checks the recipes as part of each run. */
const sweepInEditor = (executorOptions: z.ZodRawShape) =>
  sweepSchema.extend(executorOptions).extend({
    recipe: recipeInRun.optional(),
    ...searchKeys,
    runs: z.array(runEntrySchema.extend({ recipe: recipeInRun.optional(), ...searchKeys })).default([]),
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
    'run.json': z.strictObject({ ...runSchema.shape, recipe: recipeInRun, ...searchKeys }),
    'recipe.json': z.strictObject({ ...recipeSchema.shape, ...searchKeys }),
    'sweep.json': sweepInEditor(executorOptions),
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
    ]),
  );
}
