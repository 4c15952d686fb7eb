import type { Terminal } from '@xterm/headless';

/** Of a line in the emulator's buffer: moves the cells from here to the right, or to the left. */
interface InternalLine {
  isWrapped: boolean;
}

interface InternalBuffer {
  x: number;
  y: number;
  ybase: number;
  scrollTop: number;
  scrollBottom: number;
  lines: { get(index: number): InternalLine | undefined };
}

/** Styled underlines and hyperlinks of what is written next. */
interface ExtendedAttributes {
  clone(): ExtendedAttributes;
}

interface InputHandler {
  _activeBuffer: InternalBuffer;
  _curAttrData: { extended: ExtendedAttributes };
  backspace(): boolean;
}

interface PrivateModes {
  origin: boolean;
  wraparound: boolean;
  reverseWraparound: boolean;
}

/**
 * Parts of @xterm/headless 6.0 that its interface does not show (common/InputHandler.ts, common/services/CoreService.ts).
 * Another version that has them elsewhere costs what is built on them, nothing more.
 */
export interface Internals {
  handler: InputHandler;
  modes: PrivateModes;
}

export function internalsOf(terminal: Terminal): Internals | null {
  const core: unknown = Reflect.get(terminal, '_core');
  const handler = property(core, '_inputHandler');
  const modes = property(property(core, 'coreService'), 'decPrivateModes');
  return isHandler(handler) && isModes(modes) ? { handler, modes } : null;
}

function isHandler(value: unknown): value is InputHandler {
  return (
    typeof property(property(value, '_activeBuffer'), 'scrollTop') === 'number' &&
    typeof property(property(property(value, '_curAttrData'), 'extended'), 'clone') === 'function' &&
    typeof property(value, 'backspace') === 'function'
  );
}

function isModes(value: unknown): value is PrivateModes {
  return typeof property(value, 'origin') === 'boolean' && typeof property(value, 'reverseWraparound') === 'boolean';
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
