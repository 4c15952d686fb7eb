import { type Dispatch, useState, useSyncExternalStore } from 'react';
import { type Action, reduce } from '../state/reducer.js';
import { initialState, type PanelState } from '../state/state.js';

export interface StateStore {
  /**
   * As it is now. Keys that come together have no frame between them, and each must see the effect of the one before.
   */
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

/** The state of this frame, and its store. */
export function usePanelState(sessionId?: string): [PanelState, StateStore] {
  const [store] = useState(() => createStateStore(sessionId));
  return [useSyncExternalStore(store.subscribe, store.current), store];
}
