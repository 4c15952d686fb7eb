import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * A module as it is in a bundle. tsx gives every function its name when it is made, at run time, which takes a third of the time of code that
 * makes many.
 *
 * @param module name of a file in this folder
 */
export async function bundled(module: string): Promise<string> {
  const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  // Beside the packages that it imports.
  const outfile = file(`../node_modules/.cache/claude-trace-bench/${module}.mjs`);
  await build({
    entryPoints: [file(`${module}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
  });
  return pathToFileURL(outfile).href;
}
