import type { IBufferCell, Terminal } from '@xterm/headless';
import { property } from '../emulator/internals.js';

/** Attributes of a cell that the emulator's public interface does not have. */
export interface CellDetails {
  /** 1 single, 2 double, 3 curly, 4 dotted, 5 dashed; 0 none. */
  underline: number;
  /** SGR parameters; empty for the colour of the text. */
  underlineColour: string;
  /** The number of the hyperlink; 0 for none. */
  link: number;
}

const NOTHING: CellDetails = { underline: 0, underlineColour: '', link: 0 };

/**
 * @xterm/headless 6.0 keeps styled underlines and hyperlinks in `extended` of a cell, two packed numbers: `_urlId`, and
 * `_ext` with the style in bits 26..28 and the colour below (common/buffer/AttributeData.ts). Where another version
 * keeps them elsewhere, only these attributes are lost.
 */
export function detailsOf(cell: IBufferCell): CellDetails {
  const extended = property(cell, 'extended');
  const packed = property(extended, '_ext');
  const link = property(extended, '_urlId');
  if (typeof packed !== 'number') return NOTHING;
  return {
    underline: (packed >> 26) & 7,
    underlineColour: colourOf(packed),
    link: typeof link === 'number' ? link : 0,
  };
}

/** Bits 24 and 25: 1 and 2 for a colour of a palette, 3 for RGB. */
function colourOf(packed: number): string {
  const mode = (packed >> 24) & 3;
  if (mode === 0) return '';
  if (mode < 3) return `58:5:${packed & 0xff}`;
  return `58:2::${(packed >> 16) & 0xff}:${(packed >> 8) & 0xff}:${packed & 0xff}`;
}

/** The packed attributes of a cell. A bit of `bg` says that `extended` has more. */
interface PackedCell extends IBufferCell {
  readonly fg?: number;
  readonly bg?: number;
}
const HAS_EXTENDED = 0x10000000;

/**
 * Whether the cell that was read into `cell` looks like the one before. Only two comparisons, as it is called for every
 * cell of every frame. Where another version keeps the attributes elsewhere, no two cells look alike.
 */
export function createLookComparison(cell: IBufferCell): { isSame(): boolean; forget(): void } {
  const packed: PackedCell = cell;
  let fg: number | undefined;
  let bg: number | undefined;
  return {
    isSame() {
      const same = packed.fg === fg && packed.bg === bg && fg !== undefined && ((bg ?? 0) & HAS_EXTENDED) === 0;
      fg = packed.fg;
      bg = packed.bg;
      return same;
    },
    forget() {
      fg = undefined;
    },
  };
}

/** The target of a hyperlink, from the emulator's link service; null where it is unknown. */
export function linkTarget(terminal: Terminal, link: number): string | null {
  const service = property(property(terminal, '_core'), '_oscLinkService');
  const lookUp = property(service, 'getLinkData');
  if (typeof lookUp !== 'function') return null;
  const uri = property(Reflect.apply(lookUp, service, [link]), 'uri');
  return typeof uri === 'string' ? uri : null;
}
