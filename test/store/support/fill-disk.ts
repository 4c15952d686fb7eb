/**
 * Stores requests until the disk is full, then makes room and goes on. Prints the result as one line of JSON:
 * `fill-disk.ts <folder of the database> [file to delete for room]`
 */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openReader, openStore, StoreError, verifyFile } from '../../../src/store/index.js';
import { aBody, aRequest, aRun } from './records.js';

const [folder = '', ballast] = process.argv.slice(2);
const file = join(folder, 'data', 'trace.db');
const store = openStore(file);
const run = aRun();
store.beginRun(run);
const stored: string[] = [];

function save(): void {
  const request = aRequest(run.id, { body: aBody(randomBytes(50_000).toString('base64')) });
  store.saveRequest(request);
  stored.push(request.id);
}

function saveUntilRefused(): { code: string; message: string } {
  for (;;) {
    try {
      save();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { code: error.code, message: error.message };
    }
  }
}

const refused = saveUntilRefused();
const beforeRoom = stored.length;
if (ballast !== undefined) {
  rmSync(ballast);
  save();
}
store.close();
const reader = openReader(file);
for (const id of stored) reader.requestBody(id);
const { total } = reader.query({}, { limit: 1 });
reader.close();
const { damage } = verifyFile(file);
console.log(JSON.stringify({ refused, beforeRoom, afterRoom: stored.length, total, damage }));
