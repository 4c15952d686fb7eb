import { useInput } from 'ink';
import { useLayoutEffect, useReducer } from 'react';
import type { AlonePanel } from '../alone.js';
import { areaAt, type Band, paint } from '../panel/area.js';
import { createInkTree } from '../panel/ink-tree.js';
import { THEMES, type ThemeName } from '../panel/theme.js';
import type { Size } from '../split/layout.js';
import type { PanelHost } from '../split/panel.js';
import type { Playback } from './playback.js';
import { PlayerView } from './player-view.js';

interface PlayerProps {
  playback: Playback;
  view: PlayerView;
  size: Size;
  onBands(bands: readonly Band[]): void;
}

/** Ink reads the keys; the player paints its frames as the panel does. */
function Player({ playback, view, size, onBands }: PlayerProps) {
  const [, redraw] = useReducer((version: number) => version + 1, 0);
  useLayoutEffect(() => playback.onChange(redraw), [playback]);
  useInput((input, key) => {
    view.press(input, key);
    redraw();
  });
  useLayoutEffect(() => onBands(view.bands(size)));
  return null;
}

/** The player of a tape as frames for a terminal. It closes the playback. */
export function createPlayer(playback: Playback, { theme }: { theme: ThemeName }): AlonePanel {
  const listeners = new Set<() => void>();
  const ink = createInkTree(changed);
  let currentTheme = theme;
  let bands: readonly Band[] = [];
  let size: Size | null = null;
  let host: PanelHost | null = null;
  const view = new PlayerView(playback, { leave: () => host?.leave(), copy: (text) => host?.copy(text) });

  function changed(): void {
    for (const listener of listeners) listener();
  }

  function draw(): void {
    if (size === null) return;
    const onBands = (made: readonly Band[]) => {
      bands = made;
      changed();
    };
    ink.show(<Player playback={playback} view={view} size={size} onBands={onBands} />);
  }

  return {
    setTheme(wanted) {
      currentTheme = wanted;
      draw();
    },
    attach(to) {
      host = to;
    },
    resize(width, height) {
      size = { width, height };
      draw();
    },
    frame() {
      ink.throwFailure();
      return paint(bands, THEMES[currentTheme]);
    },
    onFrame(callback) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    onInput: (bytes) => ink.press(bytes),
    onMouse({ type, x, y }) {
      if (type !== 'press') view.wheel(type === 'wheelDown' ? 1 : -1);
      else {
        const at = areaAt(bands, x, y);
        const intent = at?.area.click?.(at.x, at.y) ?? null;
        if (intent?.type === 'pick') view.pick(intent.index);
      }
      draw();
    },
    close() {
      listeners.clear();
      ink.close();
      playback.close();
    },
  };
}
