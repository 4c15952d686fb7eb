import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openReader, openStore, type Reader } from '../../../src/store/index.js';
import type { StoredExchange } from './brute-force.js';
import { fillStore } from './filled-store.js';

export interface FilledReader {
  reader: Reader;
  exchanges: StoredExchange[];
}

/**
 * A filled store (filled-store.ts), opened for reading once for all tests of a file.
 *
 * @param onFilled called with it before the first test
 */
export function filledReader(onFilled: (filled: FilledReader) => void): void {
  let folder: string;
  let reader: Reader;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'claude-trace-filled-'));
    const file = join(folder, 'trace.db');
    const store = openStore(file);
    const exchanges = store.transaction(() => fillStore(store));
    store.close();
    reader = openReader(file);
    onFilled({ reader, exchanges });
  });

  afterAll(() => {
    reader.close();
    rmSync(folder, { recursive: true });
  });
}
