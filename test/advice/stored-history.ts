import type { SourceShare } from '../../src/model/segment.js';
import type { ToolCall } from '../../src/model/thread.js';
import { openReader, type Reader } from '../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aRun, aSegment, aShare } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

export interface StoredSession {
  id: string;
  /** Unix ms of its first request. */
  at: number;
  requests: number;
  /** Of each request. */
  shares: readonly SourceShare[];
  cwd?: string;
  /** Of the first answer. */
  calls?: readonly ToolCall[];
  model?: string;
  version?: string;
  /** Prompts that the requests are spread over; 0: their ids are not known. Default: one a request. */
  prompts?: number;
  minutesBetween?: number;
}

/** A history of the main conversations of these sessions, each request billed for what it carries. */
export function storedHistory(sessions: readonly StoredSession[]): Reader {
  const { file, store } = startedStore();
  for (const session of sessions) {
    const {
      id,
      at,
      requests,
      shares,
      calls = [],
      model = 'claude-test',
      version = '2.1.332',
      minutesBetween = 1,
    } = session;
    const { prompts = requests } = session;
    const run = aRun({ cwd: session.cwd ?? '/project' });
    store.beginRun(run);
    for (let index = 0; index < requests; index += 1) {
      const plain = aRequest(run.id);
      const request = aRequest(run.id, {
        sessionId: id,
        model,
        promptId: prompts === 0 ? null : `${id}-${index % prompts}`,
        headers: [...plain.headers, ['User-Agent', `claude-cli/${version} (external, cli)`]],
        timestamps: { ...plain.timestamps, initiated: at + index * minutesBetween * 60_000 },
      });
      store.saveRequest(request);
      const uncached = shares.reduce((sum, { tokens }) => sum + tokens, 0);
      const usage = { uncached, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 5, webSearches: 0 };
      const definitions = shares.filter(({ part, source }) => part === 'definition' && source.startsWith('mcp:'));
      const segments = definitions.map(({ source, tokens }) =>
        aSegment({ source, part: 'definition', detail: `mcp__${source.slice(4)}__find`, tokens }),
      );
      const ofFirst = index === 0 ? [...calls] : [];
      const attribution = anAttribution([...shares], { segments, calls: ofFirst, prompt: `Do step ${index}` });
      store.saveResponse(aResponse(request, { usage }), attribution);
    }
  }
  store.close();
  return openReader(file);
}

export function listed(source: string, tokens: number): SourceShare {
  return aShare(source, tokens, { part: 'listing' });
}

export function defined(source: string, tokens: number): SourceShare {
  return aShare(source, tokens, { part: 'definition' });
}
