/**
 * What has the keyboard. `armed`: the prefix key was pressed, and the next key is a command; the panel should show
 * that.
 */
export type PanelFocus = 'none' | 'armed' | 'panel';

/** In cells of the panel, from 0. `press` is of the left button. */
export interface PanelMouse {
  type: 'press' | 'wheelUp' | 'wheelDown';
  x: number;
  y: number;
}

/** What the split pane shows beside or below the child, as whole frames. An error in any method closes the panel. */
export interface Panel {
  /** Called once, before everything else. */
  attach(host: PanelHost): void;
  /** The size in cells, both at least 1. Also called before the first frame. */
  resize(width: number, height: number): void;
  /**
   * The latest frame, one string a row: text with SGR sequences and hyperlinks (OSC 8), no other control characters, at
   * most `width` cells. Missing rows are blank; a style that is left open ends with the row.
   */
  frame(): readonly string[];
  /** The head line in short, for a hidden panel and for terminals that have no room for one. At most `width` cells. */
  statusRow(width: number): string;
  /** `frame` or `statusRow` has changed. @returns ends the subscription */
  onFrame(callback: () => void): () => void;
  /**
   * Keys while the panel has the keyboard, as the terminal sends them in its plain modes. Escape sequences are
   * complete.
   */
  onInput(bytes: Buffer): void;
  /** The wheel also comes while the child has the keyboard. */
  onMouse(event: PanelMouse): void;
  /**
   * A key right after the prefix key, as in Ctrl-] then `+`.
   * @returns whether it was a command, so that the keyboard goes back to the child; else it comes as `onInput` next
   */
  onPrefixed(key: string): boolean;
  /** Also called at the start, when the child has the keyboard. */
  onFocus(focus: PanelFocus): void;
  /** The child has ended, or the panel failed: no more frames are asked for. */
  close(): void;
}

/** What a panel may ask the split pane to do. */
export interface PanelHost {
  /** Gives the keyboard back to the child. */
  leave(): void;
  /** Fills the terminal with the panel, or shows the child again. */
  zoom(): void;
  /** Moves the border by some steps; positive ones make the panel larger. */
  resize(steps: number): void;
  /** Puts text on the clipboard of the terminal's user (OSC 52). */
  copy(text: string): void;
  /** Lends the terminal, in the state in which it was found, to another program such as $PAGER. */
  lend(use: () => Promise<void>): Promise<void>;
}
