import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeStoreError } from '../../../src/cli/doctor/advice.js';
import { checkAttribution, checkDatabase } from '../../../src/cli/doctor/database.js';
import { checkIntegrity, repairDatabase } from '../../../src/cli/doctor/integrity.js';
import { StoreError } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse } from '../../store/support/records.js';
import { startedStore } from '../../store/support/started-store.js';
import { tempDatabase } from '../../store/support/temp-database.js';

function databaseWithRequests(count: number): string {
  const { store, run, file } = startedStore();
  for (let n = 0; n < count; n++) {
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.saveResponse(aResponse(request), anAttribution([]));
  }
  store.endRun(run.id, Date.now());
  store.close();
  chmodSync(dirname(file), 0o700);
  return file;
}

function missing(): string {
  const file = tempDatabase();
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return file;
}

function garbage(): string {
  const file = missing();
  writeFileSync(file, 'this is not a database, and long enough to look like one'.repeat(100));
  return file;
}

const check = (database: string) => checkDatabase({ dataDir: dirname(database), database });

describe('checkDatabase', () => {
  it('describes a healthy database', () => {
    const file = databaseWithRequests(2);
    expect(check(file)).toEqual([
      { level: 'ok', what: 'database', message: expect.stringMatching(/: 2 requests, .* on disk for .* captured$/) },
    ]);
  });

  it('says when each incident happened, in local time', () => {
    const { store, run, file } = startedStore();
    chmodSync(dirname(file), 0o700);
    const incident = { runId: run.id, code: 'dns', message: 'The name of api.example does not resolve.' };
    for (const at of [0, 1]) store.saveIncident({ ...incident, at: new Date(2026, 10, 2, 9, 8, at).getTime() });
    store.close();
    const message = '2026-11-02 09:08:01 The name of api.example does not resolve. (2 times)';
    expect(check(file)).toContainEqual({ level: 'note', what: 'incident', message });
  });

  it('notes that nothing was captured yet', () => {
    expect(check(missing())).toMatchObject([{ level: 'note', what: 'database' }]);
  });

  it('reports a folder that other users can read', () => {
    const file = databaseWithRequests(0);
    chmodSync(dirname(file), 0o755);
    expect(check(file)[0]).toMatchObject({ level: 'problem', message: expect.stringContaining('chmod 700') });
  });

  it('reports a file that is not a database', () => {
    expect(check(garbage()).at(-1)).toMatchObject({ level: 'problem', what: 'database' });
  });
});

describe('checkAttribution', () => {
  it('says nothing where nothing is attributed, or there is no database', () => {
    expect(checkAttribution({ database: databaseWithRequests(1) })).toEqual([]);
    expect(checkAttribution({ database: missing() })).toEqual([]);
  });
});

describe('checkIntegrity', () => {
  it('verifies what is stored', () => {
    expect(checkIntegrity(databaseWithRequests(1))).toEqual([
      {
        level: 'ok',
        what: 'verification',
        message: expect.stringMatching(/^1 request and \d+ slices? are as captured/),
      },
    ]);
  });

  it('notes that there is nothing to verify', () => {
    expect(checkIntegrity(missing())).toMatchObject([{ level: 'note', what: 'verification' }]);
  });
});

describe('repairDatabase', () => {
  it('leaves an intact database alone', () => {
    expect(repairDatabase(databaseWithRequests(1))).toMatchObject([
      { level: 'ok', message: expect.stringContaining('is intact: nothing was changed') },
    ]);
  });

  it('reports a file that cannot be repaired', () => {
    expect(repairDatabase(garbage())).toMatchObject([{ level: 'problem', what: 'repair' }]);
  });
});

describe('describeStoreError', () => {
  it('adds what to do', () => {
    expect(describeStoreError(new StoreError('readonly', 'x.db is read-only.', false))).toMatch(
      /^x\.db is read-only\. Make /,
    );
  });

  it('is the message of any other error', () => {
    expect(describeStoreError(new Error('Too late.'))).toBe('Too late.');
  });
});
