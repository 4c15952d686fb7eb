import type { Panel, PanelFocus, PanelHost } from './panel.js';

export interface LatePanel extends Panel {
  /** Loads the panel, if it is not loaded yet. */
  show(): void;
}

/**
 * A panel that is loaded when `show` is called, or when it gets the keyboard. Until then it is blank, and input waits for it. If it
 * cannot be loaded, `frame` throws the error, as a panel that fails does.
 */
export function createLatePanel(load: () => Promise<Panel>): LatePanel {
  const listeners = new Set<() => void>();
  let panel: Panel | null = null;
  let failure: { error: unknown } | null = null;
  let isLoading = false;
  let isClosed = false;
  let host: PanelHost | null = null;
  let size: { width: number; height: number } | null = null;
  let focus: PanelFocus = 'none';
  let input: Buffer[] = [];

  function changed(): void {
    for (const listener of listeners) listener();
  }

  function show(): void {
    if (isLoading || isClosed) return;
    isLoading = true;
    load().then(use, fail);
  }

  function use(loaded: Panel): void {
    if (isClosed) {
      loaded.close();
      return;
    }
    panel = loaded;
    try {
      if (host !== null) loaded.attach(host);
      if (size !== null) loaded.resize(size.width, size.height);
      loaded.onFocus(focus);
      loaded.onFrame(changed);
      for (const bytes of input) loaded.onInput(bytes);
    } catch (error) {
      fail(error);
    }
    input = [];
    changed();
  }

  function fail(error: unknown): void {
    failure = { error };
    changed();
  }

  return {
    show,
    attach(to) {
      host = to;
      panel?.attach(to);
    },
    resize(width, height) {
      size = { width, height };
      panel?.resize(width, height);
    },
    frame() {
      if (failure !== null) throw failure.error;
      return panel?.frame() ?? [];
    },
    statusRow(width) {
      if (failure !== null) throw failure.error;
      return panel?.statusRow(width) ?? '';
    },
    onFrame(callback) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    onInput(bytes) {
      if (panel !== null) return panel.onInput(bytes);
      input.push(bytes);
      show();
    },
    onMouse: (event) => panel?.onMouse(event),
    // Only the panel knows whether the key is a command: until it is loaded, the key arrives as input.
    onPrefixed: (key) => panel?.onPrefixed(key) ?? false,
    onFocus(to) {
      focus = to;
      if (panel !== null) panel.onFocus(to);
      else if (to !== 'none') show();
    },
    close() {
      isClosed = true;
      panel?.close();
    },
  };
}
