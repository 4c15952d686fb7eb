import { describe, expect, it } from 'vitest';
import { checkTelemetry } from '../../../src/cli/doctor/telemetry.js';
import { startCollector } from '../../export/support/collector.js';
import { aRequest, aResponse } from '../../store/support/records.js';
import { startedStore } from '../../store/support/started-store.js';
import { tempDatabase } from '../../store/support/temp-database.js';

/** A database with a request that was not sent, since the collector was busy. */
function behind(): string {
  const { file, store, run } = startedStore();
  const request = aRequest(run.id);
  store.saveRequest(request);
  store.saveResponse(aResponse(request), null);
  store.telemetry.take('me', Date.now(), 1_000, 0);
  store.telemetry.end('me', Date.now(), { reason: 'it answered 503', waitMs: 1_000 });
  store.close();
  return file;
}

describe('checkTelemetry', () => {
  it('prints nothing if no collector is configured', async () => {
    expect(await checkTelemetry({ 'otlp.endpoint': null }, { database: tempDatabase() })).toEqual([]);
  });

  it.each([200, 404])('finds a collector that answers %i for spans, and accepts metrics', async (status) => {
    const collector = await startCollector([{ status }]);
    const config = { 'otlp.endpoint': collector.url };
    expect(await checkTelemetry(config, { database: tempDatabase() })).toEqual([
      { level: 'ok', what: 'OpenTelemetry', message: `${collector.url} has everything` },
    ]);
    expect(collector.spans()).toEqual([]);
  });

  it('says how far behind it is', async () => {
    const collector = await startCollector();
    expect(await checkTelemetry({ 'otlp.endpoint': collector.url }, { database: behind() })).toEqual([
      {
        level: 'note',
        what: 'OpenTelemetry',
        message: expect.stringMatching(
          /answers\. requests and MCP calls not sent yet: 1, since \d\d:\d\d:\d\d\..* failed: it answered 503$/,
        ),
      },
    ]);
  });

  it('a collector that is down is found by doctor', async () => {
    const config = { 'otlp.endpoint': 'http://127.0.0.1:9' };
    expect(await checkTelemetry(config, { database: tempDatabase() })).toMatchObject([
      { level: 'problem', message: expect.stringMatching(/accepts no data: .*ECONNREFUSED.*nothing waits for it/) },
    ]);
  });
});
