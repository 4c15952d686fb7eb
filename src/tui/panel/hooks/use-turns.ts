import { useRef } from 'react';
import type { Reader, Turn } from '../../../store/index.js';
import type { PanelData } from '../data/panel-data.js';
import type { PanelState } from '../state/state.js';
import { hasTurns, turnAt } from '../state/turns.js';
import { useDeferred } from './use-deferred.js';

/** As many as a large screen shows. */
const ROWS = 60;

interface KnownTurns {
  /** Version of the data. */
  version: number;
  turns: ReadonlyMap<string, Turn>;
}

/** The turns of the requests on the screen, by id; those that were read before stay until the data has changed. */
export function useTurns(data: PanelData, version: number, state: PanelState): ReadonlyMap<string, Turn> {
  const ids = hasTurns(state) ? idsOnScreen(state) : [];
  const key = ids.length === 0 ? null : `turns ${ids.join(' ')}`;
  const known = useRef<KnownTurns>({ version, turns: new Map() });
  const read = useDeferred(key, version, () => {
    const { turns } = known.current.version === version ? known.current : { turns: new Map() };
    return data.ask((reader): KnownTurns => ({ version, turns: readTurns(reader, ids, turns) }));
  });
  known.current = read.value ?? known.current;
  return known.current.turns;
}

function idsOnScreen(state: PanelState): string[] {
  const { top } = state.cursors.requests;
  const ids = Array.from({ length: ROWS }, (_, index) => turnAt(state, top + index));
  return [...new Set(ids.filter((id) => id !== null))];
}

function readTurns(reader: Reader, ids: readonly string[], known: ReadonlyMap<string, Turn>): KnownTurns['turns'] {
  const read = reader.turnsOf(ids.filter((id) => !known.has(id)));
  const kept = ids.flatMap((id) => known.get(id) ?? []);
  return new Map([...kept, ...read].map((turn) => [turn.id, turn]));
}
