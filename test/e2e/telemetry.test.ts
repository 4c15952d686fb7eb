import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDemo } from '../../src/demo/demo.js';
import { openReader } from '../../src/store/index.js';
import { startCollector } from '../export/support/collector.js';
import { listenOnLoopback } from '../support/loopback.js';
import { newSandbox, notices } from '../support/product.js';

const CLIENT = fileURLToPath(new URL('../../dist/demo/played/client.js', import.meta.url));
const COMMAND = ['wrap', '--quiet', '--', process.execPath, CLIENT];

describe('otlp.endpoint', () => {
  it('a collector gets what wrap captures, and after an outage what was captured during it', async () => {
    const sandbox = await newSandbox();
    const collector = await startCollector();
    const api = await startDemo();
    const env = { ...(await sandbox.behind(api)), OTEL_EXPORTER_OTLP_HEADERS: 'authorization=zorblax' };
    await sandbox.configure({ 'otlp.endpoint': collector.url, 'otlp.attributes': { team: 'core' } });
    collector.answer(() => ({ status: 503, headers: { 'retry-after': '0' } }));
    const during = await sandbox.run(COMMAND, { env });
    expect(during.exitCode).toBe(0);
    expect(notices(during)).toEqual([
      expect.stringMatching(
        /Spans and metrics were not sent to .*: it answered 503 Service Unavailable\. A later run sends them/,
      ),
    ]);
    const doctor = await sandbox.run(['doctor'], { env });
    expect(doctor.stdout.toString()).toMatch(
      /FAIL {2}OpenTelemetry .*accepts no data: it answered 503 Service Unavailable.*not sent yet: \d+/,
    );
    collector.answer(() => ({ status: 200 }));
    const after = await sandbox.run(COMMAND, { env });
    expect({ exitCode: after.exitCode, notices: notices(after) }).toEqual({ exitCode: 0, notices: [] });
    await api.close();

    const ids = sandbox.stored().flatMap(({ row }) => (row.kind === 'messages' ? row.id : []));
    const requests = collector.spans().flatMap(({ attributes }) => attributes['claude_trace.request.id'] ?? []);
    expect(requests.toSorted()).toEqual(ids.toSorted());
    expect(collector.requests.every(({ headers }) => headers.authorization === 'zorblax')).toBe(true);
    const reader = openReader(sandbox.database);
    const { total } = reader.stats({}, { by: 'model' });
    reader.close();
    const last = new Map<string, number>();
    for (const { name, attributes, value } of collector.points()) {
      if (name === 'claude_trace.cost_usd') last.set(JSON.stringify(attributes), value);
    }
    expect([...last.values()].reduce((sum, each) => sum + each)).toBeCloseTo(total.costUsd ?? 0, 9);
    const folders = await Promise.all([sandbox.bytesBelow(sandbox.dataDir), sandbox.bytesBelow(sandbox.root)]);
    expect(folders.every((bytes) => !bytes.includes('zorblax'))).toBe(true);
  });

  it('a collector that does not answer does not delay the end of the command', async () => {
    const sandbox = await newSandbox();
    const collector = await startCollector();
    // Longer than a test may take.
    collector.answer(() => ({ status: 200, delayMs: 100_000 }));
    const asked = createServer(async (_request, response) => {
      while (collector.requests.length === 0) await sleep(20);
      response.end();
    });
    const { url, close } = await listenOnLoopback(asked);
    onTestFinished(close);
    const untilAsked = `
      require('node:child_process').spawnSync(process.execPath, [${JSON.stringify(CLIENT)}]);
      void fetch('${url}/');
    `;
    const api = await startDemo();
    await sandbox.configure({ 'otlp.endpoint': collector.url });
    const command = ['wrap', '--quiet', '--', process.execPath, '-e', untilAsked];
    const ended = await sandbox.run(command, { env: await sandbox.behind(api) });
    await api.close();
    expect(ended.exitCode).toBe(0);
    expect(collector.requests).toHaveLength(1);
  });
});
