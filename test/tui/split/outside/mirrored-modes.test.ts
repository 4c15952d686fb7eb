import headless from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChildModes, PLAIN_MODES } from '../../../../src/tui/split/child/child-modes.js';
import { trackModes } from '../../../../src/tui/split/emulator/mode-tracker.js';
import { createMirror } from '../../../../src/tui/split/outside/mirrored-modes.js';

const anyModes: fc.Arbitrary<ChildModes> = fc.record({
  applicationCursor: fc.boolean(),
  applicationKeypad: fc.boolean(),
  bracketedPaste: fc.boolean(),
  focusEvents: fc.boolean(),
  mouse: fc.constantFrom(0, 9, 1000, 1002, 1003),
  mouseEncoding: fc.constantFrom('bytes', 'sgr', 'urxvt'),
  kittyKeyboard: fc.nat(31),
  modifyOtherKeys: fc.nat(2),
  cursorColour: fc.constantFrom('', 'rgb:ff/80/00', '#123456'),
});

/** A terminal that tells which modes it is in. */
function terminal() {
  const emulator = new headless.Terminal({ allowProposedApi: true });
  const tracked = trackModes(emulator);
  return {
    write: (data: string) => new Promise<void>((resolve) => emulator.write(data, resolve)),
    modes: tracked.modes,
  };
}

describe('createMirror', () => {
  it('brings the terminal from any modes into those of the child, and back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyModes, { minLength: 1, maxLength: 8 }), async (wishes) => {
        const outside = terminal();
        const mirror = createMirror(() => true);
        for (const wish of wishes) {
          await outside.write(mirror.follow(wish));
          // Outside, mouse reports always come in the form that knows all columns.
          expect(outside.modes()).toEqual({ ...wish, mouseEncoding: wish.mouse ? 'sgr' : 'bytes' });
        }
        await outside.write(mirror.follow(PLAIN_MODES));
        expect(outside.modes()).toEqual(PLAIN_MODES);
      }),
      { numRuns: 50 },
    );
  });

  it('writes nothing when nothing changes', () => {
    const mirror = createMirror(() => true);
    mirror.follow({ ...PLAIN_MODES, bracketedPaste: true });
    expect(mirror.follow({ ...PLAIN_MODES, bracketedPaste: true })).toBe('');
  });

  it('sets the kitty protocol as soon as the terminal is known to have it', () => {
    let known = false;
    const mirror = createMirror(() => known);
    const wish = { ...PLAIN_MODES, kittyKeyboard: 1 };
    expect(mirror.follow(wish)).toBe('');
    known = true;
    expect(mirror.follow(wish)).toBe('\x1b[>0u\x1b[=1;1u');
    expect(mirror.follow(PLAIN_MODES)).toBe('\x1b[<u');
  });
});
