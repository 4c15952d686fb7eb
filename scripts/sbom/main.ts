/**
 * Prints the software bill of materials of the build as CycloneDX JSON: packages of the lock file and of the bundles.
 *
 * usage: npm run --silent sbom > sbom.cdx.json
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shippedComponents } from './shipped-components.js';

const root = new URL('../../', import.meta.url);
const { name } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const bundled = JSON.parse(readFileSync(new URL('dist/bundled-packages.json', root), 'utf8'));
const all = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
  cwd: fileURLToPath(root),
  maxBuffer: 64 * 1024 * 1024,
});
console.log(JSON.stringify(shippedComponents(JSON.parse(all.toString()), name, bundled), null, 2));
