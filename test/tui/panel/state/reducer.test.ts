import { describe, expect, it } from 'vitest';
import { type Action, reduce } from '../../../../src/tui/panel/state/reducer.js';
import { currentId, initialState, type PanelState } from '../../../../src/tui/panel/state/state.js';
import { requestRow } from '../../../text/support/request-rows.js';

const EXTENT = { count: 3, height: 10 };
const loaded: Action = {
  type: 'read',
  loaded: { rows: ['a', 'b', 'c'].map((id) => requestRow({ id })), offset: 0, total: 3 },
};

function stateAfter(...actions: Action[]): PanelState {
  return actions.reduce(reduce, initialState());
}

describe('the state of the panel', () => {
  it('has the selected request as the current one, and in the request view the opened one', () => {
    const down: Action = { type: 'move', motion: 'down', viewport: EXTENT };
    expect(currentId(stateAfter(loaded))).toBe('a');
    expect(currentId(stateAfter(loaded, down))).toBe('b');
    const opened = stateAfter(loaded, down, { type: 'view', view: 'request' });
    expect(currentId(opened)).toBe('b');
    const newer: Action = {
      type: 'read',
      loaded: { rows: ['z', 'a', 'b', 'c'].map((id) => requestRow({ id })), offset: 0, total: 4 },
    };
    expect(currentId(reduce(opened, newer))).toBe('b');
    expect(currentId(stateAfter())).toBeNull();
  });

  it('cycles through the views', () => {
    const turn: Action = { type: 'turn', by: 1 };
    expect(stateAfter(turn, turn).view).toBe('sources');
    expect(stateAfter(turn, turn, turn, turn, turn, turn, turn).view).toBe('requests');
    expect(stateAfter({ type: 'turn', by: -1 }).view).toBe('mcp');
    expect(stateAfter(turn, turn, { type: 'back' }).view).toBe('requests');
  });

  it('leaves the help first, then the view, then the filters', () => {
    const text: Action = { type: 'query', change: { text: 'words', sort: 'cost' } };
    let state = stateAfter(text, { type: 'view', view: 'sources' }, { type: 'help' });
    state = reduce(state, { type: 'back' });
    expect(state).toMatchObject({ help: false, view: 'sources' });
    state = reduce(state, { type: 'back' });
    expect(state).toMatchObject({ view: 'requests', query: { text: 'words' } });
    state = reduce(state, { type: 'back' });
    expect(state.query).toEqual({
      text: undefined,
      source: undefined,
      status: undefined,
      sessionId: undefined,
      sort: 'cost',
    });
    expect(reduce(state, { type: 'back' })).toBe(state);
  });

  it('starts at the top after a new query', () => {
    const state = stateAfter(loaded, { type: 'move', motion: 'last', viewport: EXTENT }, { type: 'nextSort' });
    expect(state).toMatchObject({
      query: { sort: 'cost' },
      loaded: { rows: [] },
      cursors: { requests: { selected: 0 } },
    });
  });

  it('starts every section at its beginning', () => {
    const state = stateAfter(
      { type: 'view', view: 'request' },
      { type: 'move', motion: 'down', viewport: { count: 99, height: 9 } },
    );
    expect(state.scroll).toBe(1);
    expect(reduce(state, { type: 'section', by: 1 })).toMatchObject({ section: 'segments', scroll: 0 });
    expect(reduce(state, { type: 'section', by: -1 }).section).toBe('times');
  });

  it('shifts loaded rows further down when requests arrive above them', () => {
    const far: Action = {
      type: 'readEnd',
      height: 2,
      loaded: { rows: [requestRow({ id: 'y' }), requestRow({ id: 'z' })], offset: 98, total: 100 },
    };
    const state = stateAfter(far, { type: 'counted', total: 105, hiddenSideCalls: 2 });
    expect(state.loaded).toMatchObject({ offset: 103, total: 105 });
    expect(state.cursors.requests).toEqual({ selected: 104, top: 103 });
    expect(currentId(state)).toBe('z');
  });
});
