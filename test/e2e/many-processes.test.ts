import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReader } from '../../src/store/index.js';
import { runScript } from '../store/support/child.js';
import { answers, type ClientRequest, client, message } from '../support/product/client.js';
import { newSandbox, notices } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

const WRAPS = ['one', 'two', 'three', 'four'];
const REQUESTS = 25;

/** On a busy machine, others may have the database for seconds. */
const LOCKED_FOR_LONG = /^The database is locked by another process|nothing was lost\.$/;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A conversation that grows: each request says again what was said before, and something that nobody else says. */
function conversation(name: string): ClientRequest[] {
  return Array.from({ length: REQUESTS }, (_, turns) => {
    const messages = Array.from({ length: turns * 2 + 1 }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: `${name} says something ${index}`,
    }));
    return { body: message('', { messages, metadata: { user_id: '%noise%' } }), noise: 30_000 };
  });
}

describe('four wraps and two readers on one database', () => {
  it('many runs on one database lose nothing, store every exchange once and read consistent totals; nobody waits for a second', async () => {
    const sandbox = await newSandbox();
    const api = await startScriptedApi({ script: say('Hello.') });
    onTestFinished(() => api.close());
    const env = await sandbox.behind(api);

    const readers = [1, 2].map(() => runScript('read-consistently.ts', [sandbox.database]));
    const wraps = WRAPS.map((name) =>
      sandbox.run(['wrap', '--', ...client({ requests: conversation(name), exitCode: 6 })], { env }),
    );
    for (const ended of await Promise.all(wraps)) {
      expect(ended.exitCode).toBe(6);
      expect(answers(ended)).toHaveLength(REQUESTS);
      const lost = notices(ended).filter((line) => /database|stored/.test(line) && !LOCKED_FOR_LONG.test(line));
      expect(lost).toEqual([]);
    }
    for (const { process, line, ended } of readers) {
      process.stdin?.end();
      const found: unknown = JSON.parse(await line());
      expect(found).toEqual({ reads: expect.any(Number), waited: 0, wrong: [] });
      expect(found).not.toMatchObject({ reads: 0 });
      expect(await ended()).toBe(0);
    }

    const stored = sandbox.stored();
    const bodies = (list: { sent: string; got: string }[]) => list.map(({ sent, got }) => `${sent} ${got}`).sort();
    expect(
      bodies(
        stored.map(({ requestBody: sent, responseBody: got }) => ({
          sent: sha256(sent),
          got: sha256(got ?? Buffer.of()),
        })),
      ),
    ).toEqual(
      bodies(api.received.map(({ sha256: sent, answered }) => ({ sent, got: sha256(answered?.body ?? Buffer.of()) }))),
    );
    expect(stored).toHaveLength(WRAPS.length * REQUESTS);
    expect(new Set(stored.map(({ row }) => row.id)).size).toBe(stored.length);
    expect(stored.filter(({ row, detail }) => detail.state !== 'complete' || row.sources.length === 0)).toEqual([]);
    const reader = openReader(sandbox.database);
    expect(reader.status()).toMatchObject({ integrity: 'ok', incidents: [], runs: WRAPS.length });
    reader.close();
  });
});
