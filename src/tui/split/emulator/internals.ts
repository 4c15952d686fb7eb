import type { Terminal } from '@xterm/headless';

interface InternalBuffer {
  x: number;
  scrollTop: number;
  scrollBottom: number;
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
 * Internals of @xterm/headless 6.0 (common/InputHandler.ts, common/services/CoreService.ts). Where another version has
 * them elsewhere, only what is built on them is lost.
 */
export interface Internals {
  handler: InputHandler;
  /** Another object after each reset. */
  modes(): PrivateModes;
}

export function internalsOf(terminal: Terminal): Internals | null {
  const core: unknown = Reflect.get(terminal, '_core');
  const handler = property(core, '_inputHandler');
  const service = property(core, 'coreService');
  if (!isHandler(handler) || !isModeService(service)) return null;
  return { handler, modes: () => service.decPrivateModes };
}

function isHandler(value: unknown): value is InputHandler {
  return (
    typeof property(property(value, '_activeBuffer'), 'scrollTop') === 'number' &&
    typeof property(property(property(value, '_curAttrData'), 'extended'), 'clone') === 'function' &&
    typeof property(value, 'backspace') === 'function'
  );
}

function isModeService(value: unknown): value is { decPrivateModes: PrivateModes } {
  const modes = property(value, 'decPrivateModes');
  return typeof property(modes, 'origin') === 'boolean' && typeof property(modes, 'reverseWraparound') === 'boolean';
}

/** Undefined where there is no such property. */
export function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
