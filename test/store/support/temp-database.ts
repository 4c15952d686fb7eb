import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A path for a database in a new folder that does not exist yet and is removed after the test. */
export function tempDatabase(): string {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'data', 'trace.db');
}
