import { readFileSync } from 'node:fs';
import { MANIFEST } from './locations.js';

/** Our own version, from the package.json that ships with it. */
export const VERSION = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error('the package.json of claude-trace has no version');
}
