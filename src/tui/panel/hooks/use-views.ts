import { gatherEvidence } from '../../../advice/gather-evidence.js';
import { type Advice, advise } from '../../../advice/index.js';
import { ATTRIBUTION_VERSION, type PriceOverrides } from '../../../attribution/index.js';
import type { SessionRow, Stats } from '../../../store/index.js';
import type { PanelData } from '../data/panel-data.js';
import { type Focus, readFocus } from '../data/read-focus.js';
import { readSection, type SectionText } from '../data/read-section.js';
import { currentId, type PanelState } from '../state/state.js';
import { type Deferred, useDeferred } from './use-deferred.js';

/** Sessions that the view lists: the last seen. */
const SESSIONS = 1_000;

/** What the views show beside the list of requests. Only what is on the screen is read. */
export interface Views {
  focus: Deferred<Focus>;
  section: Deferred<SectionText>;
  sources: Deferred<Stats>;
  sessions: Deferred<readonly SessionRow[]>;
  advice: Deferred<Advice>;
}

export function useViews(data: PanelData, version: number, state: PanelState, prices: PriceOverrides): Views {
  const { view, opened, section, query } = state;
  const { sessionId } = query;
  const id = currentId(state);
  const when = (shown: boolean, key: string) => (shown ? key : null);
  const focus = useDeferred(id, version, () => (id === null ? null : data.ask((reader) => readFocus(reader, id))));
  // What is answered stays as it is.
  const isOpen = focus.value !== null && focus.value.request.response === null;
  return {
    focus,
    section: useDeferred(
      when(view === 'request' && opened !== null, `${opened} ${section}`),
      isOpen ? version : 0,
      () => (opened === null ? null : data.ask((reader) => readSection(reader, opened, section, prices))),
    ),
    sources: useDeferred(when(view === 'sources', `sources ${sessionId}`), version, () =>
      data.ask((reader) => reader.stats({ sessionId }, { by: 'source' })),
    ),
    sessions: useDeferred(when(view === 'sessions', 'sessions'), version, () =>
      data.ask((reader) => reader.sessions({}, { limit: SESSIONS }).rows),
    ),
    advice: useDeferred(when(view === 'findings', `findings ${sessionId}`), version, () =>
      data.ask((reader) => advise(gatherEvidence(reader, { version: ATTRIBUTION_VERSION, sessionId }))),
    ),
  };
}
