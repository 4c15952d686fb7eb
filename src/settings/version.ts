import { readFileSync } from 'node:fs';
import { isRecord } from '../base/json.js';
import { MANIFEST } from './locations.js';

/** Our own version, from package.json. */
export const VERSION = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(MANIFEST, 'utf8'));
  if (isRecord(manifest) && typeof manifest.version === 'string') return manifest.version;
  throw new Error('the package.json of claude-trace has no version');
}
