import type { Terminal } from '@xterm/headless';
import type { Internals } from './internals.js';

type Saved = Pick<Internals['handler']['_curAttrData'], 'extended'> & { origin: boolean };

/**
 * The emulator's DECSC and DECRC do not save styled underlines, hyperlinks and origin mode:
 * https://vt100.net/docs/vt510-rm/DECSC.html
 */
export function completeSavedCursor(terminal: Terminal, { handler, modes }: Internals): void {
  const { parser } = terminal;
  const fresh = handler._curAttrData.extended.clone();
  const slots: Record<'normal' | 'alternate', Saved | null> = { normal: null, alternate: null };

  function save(): false {
    slots[terminal.buffer.active.type] = { extended: handler._curAttrData.extended.clone(), origin: modes().origin };
    return false;
  }

  /** The emulator restores the rest afterwards. */
  function restore(slot = terminal.buffer.active.type): false {
    const saved = slots[slot];
    handler._curAttrData.extended = (saved?.extended ?? fresh).clone();
    modes().origin = saved?.origin ?? false;
    return false;
  }

  function reset(): false {
    slots.normal = null;
    slots.alternate = null;
    return false;
  }

  parser.registerEscHandler({ final: '7' }, save);
  parser.registerEscHandler({ final: '8' }, () => restore());
  parser.registerCsiHandler({ final: 's' }, save);
  parser.registerCsiHandler({ final: 'u' }, () => restore());
  parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) =>
    params.includes(1048) || params.includes(1049) ? save() : false,
  );
  parser.registerCsiHandler({ prefix: '?', final: 'l' }, (params) => {
    if (params.includes(1048)) return restore();
    return params.includes(1049) && terminal.buffer.active.type === 'alternate' ? restore('normal') : false;
  });
  parser.registerEscHandler({ final: 'c' }, reset);
  parser.registerCsiHandler({ intermediates: '!', final: 'p' }, reset);
}
