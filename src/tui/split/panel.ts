/** What has the keyboard. `armed`: the prefix key was pressed and the next key says what for; the panel should say so. */
export type PanelFocus = 'none' | 'armed' | 'panel';

/**
 * What the split pane shows beside (or below) the child, as whole frames of a virtual terminal. Whatever of it throws
 * closes the panel and leaves the child alone on the terminal.
 */
export interface Panel {
  /** Called once, before everything else. */
  attach(host: PanelHost): void;
  /** Its new size in cells, both at least 1. Also called before the first frame. */
  resize(width: number, height: number): void;
  /**
   * The latest frame, one string a row: text with SGR sequences and hyperlinks (OSC 8), no other control characters, at
   * most `width` cells. Missing rows are blank; a style that is left open ends with the row.
   */
  frame(): readonly string[];
  /** One row for terminals with no room for a panel, and for a hidden one: the head line in short. At most `width` cells. */
  statusRow(width: number): string;
  /** `frame` or `statusRow` would now say something else. @returns ends the subscription */
  onFrame(callback: () => void): () => void;
  /** Keys while the panel has the keyboard, as the terminal sends them in its plain modes. Never half an escape sequence. */
  onInput(bytes: Buffer): void;
  /**
   * A key right after the prefix key, as in Ctrl-] then `+`.
   * @returns whether that was all, so that the keyboard goes back to the child; else it comes as `onInput` next
   */
  onPrefixed(key: string): boolean;
  /** Also at the start, where the child has the keyboard. */
  onFocus(focus: PanelFocus): void;
  /** The child has ended, or the panel failed: no more frames are asked for. */
  close(): void;
}

/** What a panel may ask of the split pane. */
export interface PanelHost {
  /** Gives the keyboard back to the child. */
  leave(): void;
  /** Fills the terminal with the panel, or shows the child again. */
  zoom(): void;
  /** Puts text on the clipboard of the terminal's user (OSC 52). */
  copy(text: string): void;
  /** Lends the terminal, in the state in which we found it, to another program such as $PAGER. */
  lend(use: () => Promise<void>): Promise<void>;
}
