import { type RunId, runStart } from '../model/ids.js';
import { NotFoundError, type Reader } from '../store/index.js';
import { narrowRequests } from './narrowed-reader.js';
import type { PanelData } from './panel/data/panel-data.js';

/** The clock may be set back during a run. Its requests then seem to be older than the run. */
const CLOCK_SLACK_MS = 24 * 3_600_000;

/** This many of the latest requests contain the last answer of a main conversation. */
const RECENT = 200;

/** Shows and rates only requests of one run, for a panel beside a traced command. */
export function dataOfRun(data: PanelData, runId: RunId): PanelData {
  const since = runStart(runId);
  const run = { runId, since: since - CLOCK_SLACK_MS };

  function narrowed(reader: Reader): Reader {
    return {
      ...narrowRequests(reader, run),
      stats: (filter, options) => reader.stats({ ...filter, since }, options),
      sessions: (filter, page) => reader.sessions({ ...filter, since }, page),
    };
  }

  /** @throws NotFoundError */
  function lastAnswer(): string {
    const rows = data.ask((reader) => reader.page(run, { limit: RECENT })) ?? [];
    const answer = rows.find(({ purpose }) => purpose === 'main') ?? rows[0];
    if (answer === undefined) throw new NotFoundError('last');
    return answer.id;
  }

  return {
    ...data,
    ask: (question) => data.ask((reader) => question(narrowed(reader))),
    rater: { ...data.rater, rate: (id, rating) => data.rater.rate(id === 'last' ? lastAnswer() : id, rating) },
  };
}
