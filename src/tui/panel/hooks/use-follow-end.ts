import { type Dispatch, useLayoutEffect, useRef } from 'react';
import type { Action, Extent } from '../state/reducer.js';

/**
 * Keeps the end of a text that grows in sight, unless somebody has scrolled away from it. Before the frame is shown.
 * @param key of the text; null: none that grows
 */
export function useFollowEnd(key: string | null, { count, height }: Extent, dispatch: Dispatch<Action>): void {
  const last = useRef<{ key: string; extent: Extent } | null>(null);
  useLayoutEffect(() => {
    const extent = { count, height };
    if (key !== null)
      dispatch({ type: 'grew', from: last.current?.key === key ? last.current.extent : null, to: extent });
    last.current = key === null ? null : { key, extent };
  }, [key, count, height, dispatch]);
}
