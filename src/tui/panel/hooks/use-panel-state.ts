import { type Dispatch, useState, useSyncExternalStore } from 'react';
import { type Action, reduce } from '../state/reducer.js';
import { initialState, type PanelState } from '../state/state.js';

/** The state of one panel. */
export interface StateStore {
  /** As it is now: keys that come together are not a frame apart, and each must see what the one before it did. */
  current(): PanelState;
  dispatch: Dispatch<Action>;
  subscribe(listener: () => void): () => void;
}

function createStateStore(sessionId?: string): StateStore {
  let state = initialState(sessionId);
  const listeners = new Set<() => void>();
  return {
    current: () => state,
    dispatch(action) {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The state, as this frame shows it, and where it is kept. */
export function usePanelState(sessionId?: string): [PanelState, StateStore] {
  const [store] = useState(() => createStateStore(sessionId));
  return [useSyncExternalStore(store.subscribe, store.current), store];
}
