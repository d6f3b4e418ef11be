import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { moduleBeside } from '../base/files/home.ts';

/**
 * The script of the page, with Vega included and without imports: about half a megabyte.
 * @throws Error if the script contains text that ends a script element.
 */
export async function browserScript(): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(moduleBeside('./browser/main.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'error',
  });
  const script = result.outputFiles[0]!.text;
  if (/<\/script|<!--/i.test(script))
    throw new Error('the script of the page contains </script> or <!--, which would end its element in the page');
  return script;
}
