/**
 * Builds dist/ from src/: one bundle a process or thread, with shared chunks, types checked elsewhere (`npm run check`).
 *
 * Why bundles: `wrap` must start within 250 ms. Unbundled, the module loader alone takes most of that for the 200 files of
 * execa, yargs and ours (CPU of `wrap -- true`: 1.13 s plain against 0.71 s bundled, in one interleaved run on a slow and
 * busy machine). And a global install ignores lock files: what is bundled is what was tested.
 *
 * usage: node scripts/build.mjs [--watch]
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** As main.ts imports it. esbuild compares only patterns, which have a `*`, with the text of an import. */
const STATUS_LINE = './statusline/print-status*';
/** Only where rules are named, as traffic.ts imports it. */
const TRAFFIC_RULES = '../rules/traffic-rules*';

/** As the threads import it, where there are rules: a file of its own. */
const RULES = '../../rules/index*';

const WHEN_CALLED = '?when-called';
const SEGMENTER = 'new Intl.Segmenter(undefined, { granularity: "grapheme" })';
const RENDERS_HELP = 'yargs.getInternalMethods().getUsageInstance().cacheHelpMessage();';

/** The names that packages import from `process`. */
const PROCESS_NAMES = 'cwd, env, execArgv, execPath, hrtime, platform';

rmSync(join(root, 'dist'), { recursive: true, force: true });
const external = Object.keys({ ...dependencies, ...optionalDependencies });
/** @type {import('esbuild').BuildOptions} */
const shared = {
  absWorkingDir: root,
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Its other build calls require with names that no bundler can follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  // The fast React, without its warnings.
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [withoutDevtools(), onlyEnglish(), layoutWhenNeeded(), withoutNodesFetch(), processAsGlobal()],
  // CommonJS packages inside the bundle call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
};
const builds = await Promise.all([
  context({
    ...shared,
    entryPoints: [
      'src/cli/main.ts',
      'src/runtime/threads/api.ts',
      'src/runtime/threads/telemetry.ts',
      'src/demo/played/client.ts',
      'src/demo/claude/tickets-server.ts',
    ],
    // Beside main.js, so that paths relative to `import.meta.url` mean the same in src/cli and in dist/cli.
    chunkNames: 'cli/chunk-[hash]',
    splitting: true,
    external: [...external, STATUS_LINE],
  }),
  // A file each: loading dozens of shared chunks takes a quarter of the time of a status line, and a sixth of that of `wrap`.
  context({
    ...shared,
    entryPoints: [
      'src/cli/statusline/print-status.ts',
      ...['traffic', 'recorder'].map((thread) => `src/runtime/threads/${thread}.ts`),
      'src/rules/index.ts',
      'src/runtime/rules/traffic-rules.ts',
    ],
    external: [...external, RULES, TRAFFIC_RULES],
  }),
  // CommonJS: with the loader of ES modules it starts 5 ms later (Node 20).
  context({
    ...shared,
    entryPoints: ['src/mcp/shim/main.ts', 'src/mcp/shim/ruled.ts', 'src/mcp/replay/main.ts'],
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    banner: {},
  }),
]);
if (process.argv.includes('--watch')) {
  for (const build of builds) await build.watch();
} else {
  const results = await Promise.all(builds.map((build) => build.rebuild()));
  const packages = bundledPackages(results.flatMap(({ metafile }) => Object.values(metafile.outputs)));
  writeFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), packages.map(licenseOf).join('\n\n'));
  // For users who look for a package with a known defect, and for `npm run sbom`.
  const list = packages.map(({ name, version, license }) => ({ name, version, license }));
  writeFileSync(join(root, 'dist', 'bundled-packages.json'), `${JSON.stringify(list, null, 2)}\n`);
  for (const build of builds) await build.dispose();
  // The manual says what the commands say of themselves.
  const main = join(root, 'dist', 'cli', 'main.js');
  writeFileSync(join(root, 'dist', 'claude-trace.1'), execFileSync(process.execPath, [main, '__man']));
}

/** Ink loads React's developer tools when DEV=true stands in the environment: of the person, who does not develop Ink. */
function withoutDevtools() {
  return {
    name: 'without-devtools',
    setup(build) {
      build.onLoad({ filter: /ink[\\/]build[\\/]devtools\.js$/ }, () => ({ contents: '' }));
    },
  };
}

/** Zod contains its messages in fifty languages, which are half of its code. */
function onlyEnglish() {
  return {
    name: 'only-english',
    setup(build) {
      build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
        contents: "export { default as en } from './en.js';",
        resolveDir: dirname(path),
      }));
    },
  };
}

/** Yoga fetches its WebAssembly from a data URL, for which Node loads its fetch: 20 ms of CPU. Without fetch it decodes the URL itself. */
function withoutNodesFetch() {
  return {
    name: 'without-nodes-fetch',
    setup(build) {
      build.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, ({ path }) => ({
        contents: `let fetch;\n${readFileSync(path, 'utf8')}`,
      }));
    },
  };
}

/** An import of a built-in module evaluates all its properties, and one of `process` describes each flag of Node: 5 ms of CPU. */
function processAsGlobal() {
  return {
    name: 'process-as-global',
    setup(build) {
      build.onResolve({ filter: /^(node:)?process$/ }, ({ kind }) =>
        kind === 'import-statement' ? { path: 'process', namespace: 'global' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'global' }, () => ({
        contents: `export default process; export const { ${PROCESS_NAMES} } = process;`,
      }));
    },
  };
}

/**
 * What lays out text for terminals (Intl.Segmenter, patterns of all emoji) is loaded when it is called: most commands print neither
 * help nor emoji. And yargs renders the help of each command that it runs, in case the command prints it: ours never do.
 * `query` takes a quarter less CPU time without both.
 */
function layoutWhenNeeded() {
  return {
    name: 'layout-when-needed',
    setup(build) {
      build.onResolve({ filter: /^(cliui|string-width)$/ }, async ({ path, kind, resolveDir }) => {
        if (kind !== 'import-statement') return undefined;
        return { ...(await build.resolve(path, { kind: 'require-call', resolveDir })), suffix: WHEN_CALLED };
      });
      build.onLoad({ filter: /(cliui|string-width)[\\/]index\.m?js$/ }, ({ path, suffix }) =>
        suffix === WHEN_CALLED
          ? {
              contents: `let it; export default (...given) => (it ??= require(${JSON.stringify(path)}).default)(...given);`,
            }
          : undefined,
      );
      build.onLoad({ filter: /yargs[\\/]build[\\/]lib[\\/]command\.js$/ }, ({ path }) => {
        return { contents: replaceOnce(path, RENDERS_HELP, '') };
      });
      // Node loads its rules of characters with the first one: 9 ms of CPU, which the command of `wrap` would wait for.
      build.onLoad({ filter: /ansi-tokenize[\\/]build[\\/]tokenize\.js$/ }, ({ path }) => ({
        contents: `let made;\n${replaceOnce(path, SEGMENTER, `{ segment: (text) => (made ??= ${SEGMENTER}).segment(text) }`)}`,
      }));
    },
  };
}

/** The text of a file with one piece of it replaced. @throws Error if it does not have it exactly once */
function replaceOnce(path, piece, replacement) {
  const [before, after, ...more] = readFileSync(path, 'utf8').split(piece);
  if (after === undefined || more.length > 0) throw new Error(`not once in ${path}: ${piece}`);
  return before + replacement + after;
}

/** The packages whose code is in the bundles, each version once. */
function bundledPackages(outputs) {
  const files = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const folders = new Set(files.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean));
  const packages = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    packages.set(`${name} ${version}`, { folder, name, version, license });
  }
  return [...packages.values()];
}

/** The licence and notices of a package, which many licences require. */
function licenseOf({ folder, name, version, license }) {
  const files = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = files.map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
  const text = texts.length > 0 ? texts.join('\n\n') : `License: ${license}`;
  return `${'='.repeat(80)}\n${name} ${version}\n${'='.repeat(80)}\n${text}`;
}
