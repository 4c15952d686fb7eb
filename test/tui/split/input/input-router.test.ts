import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPrefixKey } from '../../../../src/settings/prefix-key.js';
import { InputRouter } from '../../../../src/tui/split/input/input-router.js';

/** A router that writes down who got what. */
function recorded() {
  const got = { child: '', panel: '', scroll: '', keys: '', mouse: 0, replies: 0 };
  const router: InputRouter = new InputRouter(toPrefixKey('ctrl-]'), {
    child: (bytes) => {
      got.child += bytes.toString('latin1');
    },
    panel: (bytes) => {
      got.panel += bytes.toString('latin1');
    },
    scroll: (bytes) => {
      got.scroll += bytes.toString('latin1');
    },
    mouse: () => {
      got.mouse += 1;
    },
    reply(sequence) {
      const ours = sequence === '\x1b[?1u';
      if (ours) got.replies += 1;
      return ours;
    },
    prefixed(key) {
      got.keys += key;
      return key === '[' ? 'scroll' : key === 'p' ? 'panel' : 'child';
    },
    keyboardMoved: () => {},
  });
  return { router, got };
}

/** What everybody got in the end, when the input came in these pieces. */
function play(pieces: readonly Buffer[]) {
  const { router, got } = recorded();
  for (const piece of pieces) router.push(piece);
  router.flush();
  return { ...got, keyboard: router.keyboard };
}

const latin = (text: string) => Buffer.from(text, 'latin1');

function cut(input: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % (input.length + 1)).sort((a, b) => a - b), input.length];
  return edges.slice(1).map((edge, index) => input.subarray(edges[index], edge));
}

const pieces = fc.constantFrom(
  'text',
  'ü',
  '日本',
  '👍🏽',
  '\r',
  '\x03',
  '\x1b[A',
  '\x1b[1;5C',
  '\x1bOP',
  '\x1bx',
  '\x1b\x1b[A',
  '\x1b[97;5u',
  '\x1b[<0;12;7M',
  '\x1b[<0;12;7m',
  '\x1b[I',
  '\x1b[?1u',
  '\x1b]11;rgb:0000/0000/0000\x1b\\',
  '\x1bP1+r544e\x1b\\',
  '\x1b[200~pasted \x1d\x1b[93;5u\x1b[A\x1b[20 text\x1b[201~',
  '\x1d',
  '\x1dz',
  '\x1d[',
  '\x1dp',
  '\x1d\x1d',
  '\x1b[93;5u',
);

describe('InputRouter', () => {
  it('gives every byte to the child, in order, when none is for the pane', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(400), { maxLength: 20 }), (bytes, places) => {
        // Neither the prefix key nor the beginning of a report.
        const input = Buffer.from(bytes.filter((byte) => byte !== 0x1d && byte !== 0x5b));
        expect(play(cut(input, places)).child).toBe(input.toString('latin1'));
      }),
    );
  });

  it('does so however reads divide the input', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), fc.array(fc.nat(1_000), { maxLength: 30 }), (parts, places) => {
        const input = Buffer.from(parts.join(''));
        expect(play(cut(input, places))).toEqual(play([input]));
      }),
    );
  });

  it('leaves a bracketed paste untouched, also with the prefix key in it', () => {
    const paste = `\x1b[200~${'line \x1d \x1b[93;5u \x1b[<0;1;1M\n'.repeat(200)}\x1b[201~`;
    expect(play([latin(paste)])).toMatchObject({ child: paste, keyboard: 'child', mouse: 0 });
  });

  it('finds the end of a paste that comes slowly, byte by byte', () => {
    const { router, got } = recorded();
    const slowly = '\x1b[200~text \x1b[20 \x1b\x1b[201~';
    router.push(latin('\x1b[200~'));
    for (const byte of latin(slowly.slice(6))) {
      router.push(Buffer.from([byte]));
      router.flush();
    }
    router.push(latin('\x1dp'));
    expect(got.child).toBe(slowly);
    expect(router.keyboard).toBe('panel');
  });

  it('moves the keyboard with the prefix key, and back with it', () => {
    expect(play([latin('a\x1dp'), latin('bc')])).toMatchObject({ child: 'a', panel: 'pbc', keyboard: 'panel' });
    expect(play([latin('a\x1dpbc\x1dd')])).toMatchObject({ child: 'ad', panel: 'pbc', keyboard: 'child' });
  });

  it('sends the prefix key through when it is pressed twice, in the form in which it came', () => {
    expect(play([latin('\x1d\x1d')])).toMatchObject({ child: '\x1d', keyboard: 'child' });
    expect(play([latin('\x1b[93;5u\x1b[93;5:3u\x1b[93;5u')])).toMatchObject({ child: '\x1b[93;5u', keyboard: 'child' });
  });

  it('returns the keyboard after a command key', () => {
    expect(play([latin('\x1d'), latin('+ab')])).toMatchObject({ keys: '+', child: 'ab', keyboard: 'child' });
  });

  it('reads keys after the prefix key in the encoding of the kitty protocol', () => {
    const shiftAndPlus = '\x1b[93;5u\x1b[57441;2u\x1b[61:43;2u';
    expect(play([latin(shiftAndPlus)])).toMatchObject({ keys: '+', child: '', keyboard: 'child' });
    expect(play([latin('\x1b[93;5u\x1b[112u')])).toMatchObject({ panel: 'p', keyboard: 'panel' });
  });

  it('gives keys without a character to the panel', () => {
    expect(play([latin('\x1d\x1b[B')])).toMatchObject({ panel: '\x1b[B', keyboard: 'panel' });
  });

  it('does not take a focus event for the key after the prefix key', () => {
    expect(play([latin('\x1d\x1b[O\x1b[I+')])).toMatchObject({ keys: '+', child: '\x1b[O\x1b[I', keyboard: 'child' });
  });

  it('takes out answers to our own questions and mouse reports, whatever has the keyboard', () => {
    expect(play([latin('\x1b[?1u')])).toMatchObject({ replies: 1, child: '' });
    expect(play([latin('\x1dp\x1b[<0;1;1M')])).toMatchObject({ mouse: 1, panel: 'p', child: '' });
  });

  it('passes the Esc key on after a moment', async () => {
    const { router, got } = recorded();
    router.push(latin('\x1b'));
    await expect.poll(() => got.child).toBe('\x1b');
  });
});
