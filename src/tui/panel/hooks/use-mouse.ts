import type { EventEmitter } from 'node:events';
import { useEffect, useRef } from 'react';
import type { PanelMouse } from '../../split/panel.js';
import { areaAt, type Band } from '../area.js';
import type { Intent } from '../state/intents.js';
import { act } from './act.js';
import type { Commands } from './commands.js';

/** Handles the mouse. @param bands what the frame shows */
export function useMouse(
  mouse: EventEmitter<{ mouse: [PanelMouse] }>,
  commands: Commands,
  bands: readonly Band[],
): void {
  const latest = useRef({ commands, bands });
  latest.current = { commands, bands };
  useEffect(() => {
    const take = (event: PanelMouse): void => {
      const { current, dispatch } = latest.current.commands.store;
      const { prompt, notice } = current();
      const intent = intentOf(event, latest.current.bands);
      // A line that is being typed stays until Enter or Esc.
      if (intent === null || prompt?.cursor === null) return;
      if (notice !== null && event.type === 'press') dispatch({ type: 'notice', notice: null });
      act(latest.current.commands, { intent });
    };
    mouse.on('mouse', take);
    return () => void mouse.off('mouse', take);
  }, [mouse]);
}

function intentOf({ type, x, y }: PanelMouse, bands: readonly Band[]): Intent | null {
  const at = areaAt(bands, x, y);
  if (type === 'press') return at?.area.click?.(at.x, at.y) ?? null;
  const by = type === 'wheelUp' ? -1 : 1;
  return at?.area.wheel?.(by) ?? { type: 'wheel', by };
}
