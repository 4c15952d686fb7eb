import { expect, it } from 'vitest';
import { openPanelData } from '../../src/tui/panel/data/panel-data.js';
import { scopedData } from '../../src/tui/scoped-data.js';
import { aRequest, aResponse, aRun } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

it('shows only what belongs to the project', () => {
  const { file, store } = startedStore();
  const request = ['/home/ada/shop', '/home/ada/atlas'].map((cwd, index) => {
    const run = aRun({ cwd });
    store.beginRun(run);
    const request = aRequest(run.id, { sessionId: `session-${index}`, promptId: 'p1' });
    store.saveRequest(request);
    store.saveResponse(aResponse(request), null);
    return request;
  });
  store.close();
  const data = scopedData(openPanelData(file), { project: 'shop' });
  const shown = data.ask((reader) => ({
    requests: reader.page().map(({ id }) => id),
    sessions: reader.sessions().rows.map(({ id }) => id),
    turns: reader.countTurns(),
    total: reader.stats({}, { by: 'model' }).total.requests,
    uses: reader.sourceUses({ version: 1 }).requests,
  }));
  expect(shown).toEqual({ requests: [request[0]?.id], sessions: ['session-0'], turns: 1, total: 1, uses: 1 });
  data.close();
});
