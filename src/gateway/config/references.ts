import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeError } from '../../base/error-text.js';
import { isRecord } from '../../base/json.js';
import type { Issue } from '../../rules/file/issues.js';

/** Maximum size of a file that `${file:…}` reads. */
const MAX_FILE_BYTES = 64 * 1024;

const REFERENCE = /\$(?:\$\{|\{(?:file:([^}]+)|([A-Za-z_]\w*)(?::-([^}]*))?)\})/g;

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${file:path}` in all texts of a parsed file. `$${` is `${`.
 * @param folder to which paths are relative
 * @param issues gets a problem for each reference without a value, never with the value of another
 */
export function resolveReferences(
  value: unknown,
  { env, folder }: { env: NodeJS.ProcessEnv; folder: string },
  issues: Issue[],
): unknown {
  return walk(value, [], (text, path) =>
    text.replace(REFERENCE, (whole, file?: string, variable?: string, otherwise?: string) => {
      if (file !== undefined) {
        try {
          return readReference(resolve(folder, file));
        } catch (error) {
          issues.push({ path, message: `\${file:${file}}: ${describeError(error)}` });
          return '';
        }
      }
      if (variable === undefined) return whole.slice(1);
      const found = env[variable] || otherwise;
      if (found === undefined) issues.push({ path, message: `the environment variable ${variable} is not set` });
      return found ?? '';
    }),
  );
}

/** Without the line end, which editors and `echo` add. */
function readReference(path: string): string {
  const bytes = readFileSync(path);
  if (bytes.length > MAX_FILE_BYTES) throw new Error(`the file has more than ${MAX_FILE_BYTES} bytes`);
  return bytes.toString().replace(/\r?\n$/, '');
}

type Path = readonly (string | number)[];

function walk(value: unknown, path: Path, change: (text: string, path: Path) => string): unknown {
  if (typeof value === 'string') return value.includes('${') ? change(value, path) : value;
  if (Array.isArray(value)) return value.map((inner, index) => walk(inner, [...path, index], change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner, [...path, key], change)]));
}
