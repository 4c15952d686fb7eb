import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ExportJob, startExport } from '../../src/export/export-job.js';
import { formatOf } from '../../src/export/formats.js';
import { describeOutcome } from '../../src/export/output/outcome.js';
import { fileOutput } from '../../src/export/output/output.js';
import { createSpanSender, DeliveryError, type SpanSender } from '../../src/export/spans/otlp.js';
import { sendSpans } from '../../src/export/spans/send-spans.js';
import { writeExport } from '../../src/export/write-export.js';
import { openReader } from '../../src/store/index.js';
import { anAttribution, aRequest, aResponse } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';
import { startCollector } from './support/collector.js';
import { harProblems } from './support/har-problems.js';

function stored(count: number) {
  const { store, run, file } = startedStore();
  const ids = Array.from({ length: count }, () => {
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.saveResponse(aResponse(request), anAttribution([]));
    return request.id;
  });
  store.close();
  return { file, ids, reader: openReader(file) };
}

const ALL = { filter: {}, after: null, leftOut: [], withOpen: false };

describe('an export to a file', () => {
  it('that is interrupted is complete as far as it goes, and says how to continue', async () => {
    const { file, ids, reader } = stored(5);
    const job: ExportJob = startExport(reader, ALL, (requests) => {
      if (requests === 2) job.stop();
    });
    const path = join(dirname(file), 'some.har');
    await writeExport(reader, job, formatOf('har', false, reader), await fileOutput(path, false));
    reader.close();
    const har = JSON.parse(readFileSync(path, 'utf8'));
    expect(harProblems(har)).toEqual([]);
    expect(har.log.entries.map((entry: { _id: string }) => entry._id)).toEqual(ids.slice(0, 2));
    expect(describeOutcome(job.outcome)).toMatch(
      new RegExp(`^interrupted: 2 requests exported, up to 20.*Z\\. To continue from there: --after ${ids[1]}$`),
    );
  });
});

describe('an export to a collector', () => {
  it('continues after the last accepted batch when a later one is refused', async () => {
    const { ids, reader } = stored(700);
    const collector = await startCollector([{ status: 200 }, { status: 400 }]);
    const sender = createSpanSender({
      url: `${collector.url}/v1/traces`,
      serviceName: 'claude-code',
      version: '1',
      patienceMs: 5_000,
      onWarning: () => {},
    });
    const job = startExport(reader, ALL);
    const none: SpanSender = { ...sender, send: () => Promise.reject(new DeliveryError('refused')) };
    const refused = startExport(reader, ALL);
    refused.incomplete();
    await expect(sendSpans(reader, refused, none, false)).rejects.toThrow(DeliveryError);
    expect(refused.outcome).toMatchObject({ requests: 0, incomplete: 0 });
    await expect(sendSpans(reader, job, sender, false)).rejects.toThrow(DeliveryError);
    const taken = collector.spans().map(({ attributes }) => attributes['claude_trace.request.id']);
    expect(taken).toEqual(ids.slice(0, taken.length));
    expect(job.outcome).toMatchObject({ requests: taken.length, reached: { after: taken.at(-1), leftOut: [] } });
    expect(taken.length).toBeLessThan(ids.length);

    job.incomplete();
    expect(job.outcome.incomplete).toBe(0);
    job.delivered(1, job.outcome.reached);
    expect(job.outcome.incomplete).toBe(1);

    const rest = startExport(reader, { ...ALL, ...job.outcome.reached });
    await sendSpans(reader, rest, sender, false);
    await sender.close();
    reader.close();
    expect(collector.spans().map(({ attributes }) => attributes['claude_trace.request.id'])).toEqual(ids);
  });
});
