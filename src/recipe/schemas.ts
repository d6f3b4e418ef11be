import { z } from 'zod';
import * as optimizers from './optimizers/registry.ts';
import { methods } from './ordered-methods.ts';
import * as schedules from './schedules/registry.ts';

type Registry = Readonly<Record<string, { readonly schema: z.ZodType }>>;
type SchemaOf<Entries extends Registry> = Entries[keyof Entries]['schema'];

/** The union of the schemas of a registry, discriminated by `name`. */
const oneOf = <Entries extends Readonly<Record<string, { readonly schema: z.ZodObject }>>>(entries: Entries) => {
  type Schema = SchemaOf<Entries> & z.ZodObject;
  const all = Object.values(entries).map(({ schema }) => schema) as [Schema, ...Schema[]];
  return z.discriminatedUnion('name', all);
};

const pickSchemas = <Entries extends Registry>(entries: Entries) =>
  Object.fromEntries(Object.entries(entries).map(([key, { schema }]) => [key, schema])) as {
    readonly [Key in keyof Entries]: Entries[Key]['schema'];
  };

export const optimizerSchema = oneOf(optimizers);
export const scheduleSchema = oneOf(schedules);
/** The schemas of the methods, by their key in a recipe. */
export const methodSchemas = pickSchemas(methods);

type Methods = typeof methods;
type MethodKey = keyof Methods;

/** The part of a recipe that switches on its optimizer and its methods. */
export type Switches = { readonly optimizer: z.output<typeof optimizerSchema> } & {
  readonly [Key in MethodKey]?: z.output<Methods[Key]['schema']> | undefined;
};
export type Schedule = z.output<typeof scheduleSchema>;
