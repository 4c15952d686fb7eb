import { expect, it } from 'vitest';
import { openPanelData } from '../../src/tui/panel/data/panel-data.js';
import { dataOfRun } from '../../src/tui/this-run.js';
import { aRequest, aResponse, aRun } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

it('shows and counts only requests of the run', () => {
  const { file, store } = startedStore();
  const runs = [aRun(), aRun()];
  const requests = runs.map((run) => {
    store.beginRun(run);
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.saveResponse(aResponse(request), null);
    return request;
  });
  store.close();
  const data = dataOfRun(openPanelData(file), runs[1]?.id ?? 'run_');
  const shown = data.ask((reader) => ({
    requests: reader.page().map(({ id }) => id),
    matches: reader.query().total,
    count: reader.count(),
    total: reader.totals().requests,
    outcomes: reader.outcomes().map((outcome) => outcome.requests),
  }));
  expect(shown).toEqual({ requests: [requests[1]?.id], matches: 1, count: 1, total: 1, outcomes: [1] });
  data.close();
});
