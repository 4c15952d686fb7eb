import type { Key } from 'ink';
import { fragment, type Line } from '../../text/line.js';
import type { Area, Band } from '../panel/area.js';
import { headedBlock, type LaidOut, layOut, textBlock } from '../panel/lines/document.js';
import { entryBlock } from '../panel/lines/help.js';
import { PASTED } from '../panel/pastes.js';
import { inSight, type Motion, scrolled } from '../panel/state/cursor.js';
import { keyName } from '../panel/state/keys.js';
import { edited } from '../panel/state/prompt.js';
import { tableArea } from '../panel/views/table.js';
import type { Size } from '../split/layout.js';
import { KEY_GROUPS, type PlayerAction, playerAction } from './actions.js';
import { frameColumns } from './frame-columns.js';
import { frameBlocks, messageText } from './frame-text.js';
import { parsePlace } from './place.js';
import type { Playback } from './playback.js';
import { type Foot, footLine, headLine, positionLine } from './player-lines.js';

/** From this width on, the message is beside the list. */
const BESIDE = 110;
/** Rows from which the message has room below the list. */
const MIN_HEIGHT = 10;
const DIVIDER = '│ ';

export interface PlayerHost {
  leave(): void;
  copy(text: string): void;
}

/** What the player shows, and what keys do. */
export class PlayerView {
  readonly #playback: Playback;
  readonly #host: PlayerHost;
  /** What is typed at the foot; null for nothing. */
  #prompt: string | null = null;
  #notice: string | null = null;
  #isHelp = false;
  /** Whether keys scroll the message. */
  #isInText = false;
  #listTop = 0;
  #textTop = 0;
  #text: { key: string; laidOut: LaidOut } | null = null;
  #size: Size = { width: 80, height: 24 };

  constructor(playback: Playback, host: PlayerHost) {
    this.#playback = playback;
    this.#host = host;
  }

  press(input: string, key: Key): void {
    if (key.eventType === 'release') return;
    if (this.#prompt !== null) {
      this.#type(this.#prompt, input, key);
      return;
    }
    const action = playerAction(keyName(input, key));
    // Keys that were typed quickly come together.
    if (action === null && input.length > 1 && !input.startsWith(PASTED)) {
      for (const each of input) this.press(each, key);
      return;
    }
    this.#notice = null;
    if (action !== null) this.#act(action);
  }

  /** A click on a frame. */
  pick(index: number): void {
    this.#playback.step(index - this.#playback.selected);
  }

  wheel(by: 1 | -1): void {
    if (this.#isHelp || this.#isInText) this.#scroll(by > 0 ? 'down' : 'up');
    else this.#playback.step(by);
  }

  bands(size: Size): Band[] {
    this.#size = size;
    const { width, height } = size;
    const row = (line: Line): Band => [{ lines: [line], width, height: 1 }];
    const body = Math.max(0, height - 3);
    return [
      row(headLine(this.#playback, width)),
      ...(body > 0 ? this.#body(width, body) : []),
      row(positionLine(this.#playback, width)),
      row(footLine(this.#playback, this.#foot(), width)),
    ].slice(-height);
  }

  #foot(): Foot {
    return { prompt: this.#prompt, notice: this.#notice, isHelp: this.#isHelp, isInText: this.#isInText };
  }

  #act(action: PlayerAction): void {
    const { selected, tape } = this.#playback;
    switch (action.type) {
      case 'toggle':
        this.#playback.toggle();
        break;
      case 'step':
        if (this.#scrolls()) this.#scroll(action.frames > 0 ? 'down' : 'up');
        else this.#playback.step(action.frames);
        break;
      case 'page':
        if (this.#scrolls()) this.#scroll(action.by > 0 ? 'pageDown' : 'pageUp');
        else this.#playback.step(action.by * Math.max(1, this.#listHeight() - 2));
        break;
      case 'go':
        if (this.#scrolls()) this.#scroll(action.to);
        else this.#playback.step(action.to === 'first' ? -selected : tape.count);
        break;
      case 'ask':
        this.#prompt = '';
        break;
      case 'speed':
        this.#playback.changeSpeed(action.by);
        break;
      case 'focus':
        this.#isInText = !this.#isInText;
        break;
      case 'copy':
        this.#copy();
        break;
      case 'help':
        this.#isHelp = !this.#isHelp;
        break;
      case 'back':
        if (this.#isHelp) this.#isHelp = false;
        else this.#isInText = false;
        break;
      case 'quit':
        this.#host.leave();
    }
  }

  #copy(): void {
    const frame = this.#playback.tape.frame(this.#playback.selected);
    if (frame === null) return;
    this.#host.copy(messageText(frame));
    this.#notice = 'The message was copied.';
  }

  #type(text: string, input: string, key: Key): void {
    if (key.escape || (key.ctrl && input === 'c')) this.#prompt = null;
    else if (key.return) {
      this.#prompt = null;
      const place = text.trim() === '' ? null : parsePlace(text);
      if (place !== null) this.#playback.seek(place);
      else if (text.trim() !== '') this.#notice = 'Enter a frame (120), a time (1:23, 83s) or a percentage (50%).';
    } else {
      const typed = input.startsWith(PASTED) ? input.slice(PASTED.length) : input;
      this.#prompt = edited(text, typed, { backspace: key.backspace || key.delete, ctrl: key.ctrl }) ?? text;
    }
  }

  #scrolls(): boolean {
    return this.#isHelp || this.#isInText;
  }

  #scroll(motion: Motion): void {
    const count = this.#textLines().length;
    this.#textTop = scrolled(this.#textTop, motion, count, this.#textSize().height);
  }

  #isBeside(): boolean {
    return this.#size.width >= BESIDE;
  }

  #bodyHeight(): number {
    return Math.max(0, this.#size.height - 3);
  }

  #listHeight(): number {
    const body = this.#bodyHeight();
    if (this.#isBeside() || body < MIN_HEIGHT - 3) return body;
    return Math.max(4, Math.floor(body * 0.45));
  }

  #textSize(): Size {
    const { width } = this.#size;
    const body = this.#bodyHeight();
    if (this.#isHelp) return { width, height: body };
    if (this.#isBeside()) return { width: width - this.#listWidth() - DIVIDER.length, height: body };
    return { width, height: Math.max(0, body - this.#listHeight() - 1) };
  }

  #listWidth(): number {
    return this.#isBeside() ? Math.min(90, Math.floor(this.#size.width * 0.5)) : this.#size.width;
  }

  #body(width: number, height: number): Band[] {
    if (this.#isHelp) return [[{ ...this.#textArea(), width, height }]];
    const list = this.#list();
    const { height: textHeight } = this.#textSize();
    if (textHeight <= 0) return [[list]];
    if (!this.#isBeside()) return [[list], [this.#rule(width)], [this.#textArea()]];
    const divider: Area = {
      lines: Array.from({ length: height }, () => [fragment(DIVIDER, this.#isInText ? 'accent' : 'dim')]),
      width: DIVIDER.length,
      height,
    };
    return [[list, divider, this.#textArea()]];
  }

  #rule(width: number): Area {
    return { lines: [[fragment('─'.repeat(width), this.#isInText ? 'accent' : 'dim')]], width, height: 1 };
  }

  #list(): Area {
    const { tape, selected } = this.#playback;
    const size = { width: this.#listWidth(), height: this.#listHeight() };
    const cursor = inSight({ selected, top: this.#listTop }, tape.count, size.height - 1);
    this.#listTop = cursor.top;
    return tableArea(
      {
        columns: frameColumns(),
        rowAt: (index) => tape.row(index),
        count: tape.count,
        cursor,
        empty: [fragment(tape.end === null ? 'loading …' : 'The tape has no frames.', 'dim')],
        isFocused: !this.#isInText,
      },
      size,
    );
  }

  #textArea(): Area {
    const { width, height } = this.#textSize();
    const lines = this.#textLines();
    this.#textTop = Math.max(0, Math.min(this.#textTop, lines.length - height));
    return { lines: lines.slice(this.#textTop, this.#textTop + height), width, height };
  }

  /** Of the help, or of the message of the shown frame. Another text begins at its top. */
  #textLines(): readonly Line[] {
    const { tape, selected } = this.#playback;
    const { width } = this.#textSize();
    const key = this.#isHelp ? `help ${width}` : `${selected} ${tape.count > 0} ${width}`;
    if (this.#text?.key !== key) {
      const blocks = this.#isHelp ? helpBlocks() : tape.count === 0 ? [] : frameBlocks(tape.frame(selected));
      this.#text = { key, laidOut: layOut(blocks, width) };
      this.#textTop = 0;
    }
    return this.#text.laidOut.lines;
  }
}

function helpBlocks() {
  return KEY_GROUPS.map(({ title, lines }) =>
    headedBlock(
      [fragment(title, 'heading')],
      ...lines.map(({ keys, does }) => entryBlock(keys.slice(0, 2).join(' '), does)),
    ),
  ).concat([textBlock('The wheel scrolls through the frames, and a click selects one.', 'dim')]);
}
