import { format } from 'prettier';
import { benchmarkPages } from './benchmarks/pages.ts';
import { cliPage } from './cli-page.ts';
import { configsPage } from './configs-page.ts';

const formatted = (text: string): Promise<string> =>
  format(text, { parser: 'markdown', printWidth: 100, singleQuote: true });

/** The pages that are generated, or have generated regions, by their path in the repository. */
export async function generatedPages(): Promise<Map<string, string>> {
  return new Map([
    ['docs/cli.md', await formatted(await cliPage())],
    ['docs/configs.md', await formatted(configsPage())],
    ...(await benchmarkPages()),
  ]);
}
