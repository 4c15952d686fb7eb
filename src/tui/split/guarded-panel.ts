import type { Panel } from './panel.js';

/**
 * A panel whose errors do not reach the child: the first one closes the panel, which is blank from then on.
 * @param onFailed called once
 */
export function guardPanel(panel: Panel, onFailed: (error: unknown) => void): Panel {
  let closed = false;

  function attempt<T>(use: () => T, otherwise: T): T {
    if (closed) return otherwise;
    try {
      return use();
    } catch (error) {
      closed = true;
      onFailed(error);
      return otherwise;
    }
  }

  return {
    attach: (host) => attempt(() => panel.attach(host), undefined),
    resize: (width, height) => attempt(() => panel.resize(width, height), undefined),
    frame: () => attempt(() => panel.frame(), []),
    statusRow: (width) => attempt(() => panel.statusRow(width), ''),
    onFrame: (callback) =>
      attempt(
        () => panel.onFrame(callback),
        () => {},
      ),
    onInput: (bytes) => attempt(() => panel.onInput(bytes), undefined),
    onMouse: (event) => attempt(() => panel.onMouse(event), undefined),
    onPrefixed: (key) => attempt(() => panel.onPrefixed(key), true),
    onFocus: (focus) => attempt(() => panel.onFocus(focus), undefined),
    close() {
      attempt(() => panel.close(), undefined);
      closed = true;
    },
  };
}
