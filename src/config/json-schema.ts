import { z } from 'zod';
import { recipeSchema } from './recipe.ts';
import { runSchema } from './run.ts';
import { sweepSchema } from './sweep.ts';

/** A recipe in a run's file: written out, the name of a file, or a file with changes. */
const recipeInRun = z.union([
  recipeSchema,
  z.string().min(1),
  z
    .strictObject(recipeSchema.shape)
    .partial()
    .extend({ from: z.string().min(1) }),
]);

/** JSON Schemas for editors, by file name, of what a person writes: defaults may be left out. */
export function schemaFiles(): Map<string, string> {
  const schemas = {
    'run.json': runSchema.extend({ recipe: recipeInRun }),
    'recipe.json': recipeSchema,
    'sweep.json': sweepSchema,
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), null, 2)}\n`,
    ]),
  );
}
