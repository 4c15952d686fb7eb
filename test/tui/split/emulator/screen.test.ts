import { describe, expect, it } from 'vitest';
import { createGrid } from '../../../../src/tui/split/draw/grid.js';
import { createScreen, type Screen } from '../../../../src/tui/split/emulator/screen.js';
import { unknownTerminal } from '../../../../src/tui/split/outside/terminal-facts.js';
import { RGB } from '../support/cells.js';

function screenWith(facts = unknownTerminal()) {
  const said = { answers: '', passedOn: '', wholeFrames: 0 };
  const screen = createScreen({ width: 40, height: 10 }, facts, RGB, {
    onAnswer: (data) => {
      said.answers += data;
    },
    onPassedOn: (sequence) => {
      said.passedOn += sequence;
    },
    onWholeFrame: () => {
      said.wholeFrames += 1;
    },
  });
  const write = (data: string) => new Promise<void>((resolve) => screen.write(Buffer.from(data), resolve));
  return { screen, said, write };
}

function firstRow(screen: Screen): string {
  const size = { width: 40, height: 1 };
  const grid = createGrid(size);
  screen.draw(grid, { x: 0, y: 0, ...size });
  return grid.texts.join('').trimEnd();
}

describe('questions of the child to its terminal', () => {
  it('are answered: device attributes, cursor, size, modes', async () => {
    const { said, write } = screenWith();
    await write('\x1b[c');
    expect(said.answers).toBe('\x1b[?1;2c');
    said.answers = '';
    await write('\x1b[4;7H\x1b[6n\x1b[18t\x1b[?2026$p');
    expect(said.answers).toBe('\x1b[4;7R\x1b[8;10;40t\x1b[?2026;2$y');
  });

  it('about colours and keyboard get the answer of the terminal outside', async () => {
    const facts = {
      ...unknownTerminal(),
      kittyKeyboard: true,
      colours: { 10: null, 11: 'rgb:1111/2222/3333', 12: 'rgb:4444/5555/6666' },
    };
    const { said, write } = screenWith(facts);
    await write('\x1b[>5u\x1b[?u\x1b]11;?\x07\x1b]10;?\x07\x1b]12;?\x07');
    expect(said.answers).toBe('\x1b[?5u\x1b]11;rgb:1111/2222/3333\x1b\\\x1b]12;rgb:4444/5555/6666\x1b\\');
  });

  it('about a keyboard protocol get no answer if the terminal outside does not have it', async () => {
    const { said, write } = screenWith();
    await write('\x1b[?u');
    expect(said.answers).toBe('');
  });
});

describe('the terminal of the child', () => {
  it('has a name (XTVERSION)', async () => {
    const { said, write } = screenWith();
    await write('\x1b[>q\x1b[>0q\x1b[>1q');
    expect(said.answers).toBe('\x1bP>|claude-trace\x1b\\'.repeat(2));
  });

  it('keeps colours that the child sets until it resets them', async () => {
    const { said, write } = screenWith();
    await write('\x1b]10;#f0f0f0;rgb:80/80/80;#abc\x07\x1b]10;?;?;?\x07');
    expect(said.answers).toBe(
      '\x1b]10;rgb:f0f0/f0f0/f0f0\x1b\\\x1b]11;rgb:8080/8080/8080\x1b\\\x1b]12;rgb:a0a0/b0b0/c0c0\x1b\\',
    );
    said.answers = '';
    await write('\x1b]110\x07\x1b]111\x07\x1b]112\x07\x1b]10;?\x07');
    expect(said.answers).toBe('');
  });

  it('has no mouse reports in pixels', async () => {
    const { said, write } = screenWith();
    await write('\x1b[?1016$p\x1b[?1006$p');
    expect(said.answers).toBe('\x1b[?1016;0$y\x1b[?1006;2$y');
  });

  it("applies the child's default colours only to its pane", async () => {
    const { screen, write } = screenWith();
    await write('\x1b]11;#102030\x07plain');
    expect(looks(screen)).toEqual(['48;2;16;32;48']);
    await write('\x1b]111\x07');
    expect(looks(screen)).toEqual(['']);
  });

  function looks(screen: Screen): string[] {
    const size = { width: 5, height: 1 };
    const grid = createGrid(size);
    screen.draw(grid, { x: 0, y: 0, ...size });
    return [...new Set(grid.looks.map(({ background }) => background))];
  }
});

describe('the saved cursor', () => {
  it.each([
    ['DECRC', '\x1b7', '\x1b8'],
    ['SCORC', '\x1b[s', '\x1b[u'],
    ['mode 1048', '\x1b[?1048h', '\x1b[?1048l'],
    ['mode 1049', '\x1b[?1049h', '\x1b[?1049l'],
  ])('brings underlines and origin mode back: %s', async (_, save, restore) => {
    const { screen, said, write } = screenWith();
    // A reset before must not matter.
    await write(`\x1b[!p\x1b[4:3m${save}\x1b[0m\x1b[3;8r\x1b[?6h${restore}x\x1b[?6$p`);
    const grid = createGrid({ width: 40, height: 1 });
    screen.draw(grid, { x: 0, y: 0, width: 40, height: 1 });
    expect(grid.looks[0]?.attributes).toBe('4:3');
    expect(said.answers).toBe('\x1b[?6;2$y');
  });
});

describe('features that the emulator does not have itself', () => {
  it('moves back over wrapped lines in mode 45', async () => {
    const { screen, write } = screenWith();
    await write(`\x1b[!p\x1b[?45h${'x'.repeat(45)}\x1b[10D`);
    expect(screen.cursor()).toMatchObject({ x: 35, y: 0 });
  });

  it('resets margins with the alignment pattern', async () => {
    const { screen, write } = screenWith();
    await write('\x1b[4;5r\x1b#8\x1b[4;1H\x1b[A');
    expect(screen.cursor()).toMatchObject({ y: 2 });
  });

  it('answers no requests below conformance level 3', async () => {
    const { said, write } = screenWith();
    await write('\x1b[62;1"p\x1b[4$p\x1b[?7$p');
    expect(said.answers).toBe('');
    await write('\x1b[64;1"p\x1b[?7$p');
    expect(said.answers).toBe('\x1b[?7;1$y');
  });

  it('inserts and deletes no columns outside of the margins', async () => {
    const { screen, write } = screenWith();
    await write("abc\x1b[?69h\x1b[2;5s\x1b[1;1H\x1b[2'}\x1b[2'~");
    expect(firstRow(screen)).toBe('abc');
    await write("\x1b[1;2H\x1b[2'}");
    expect(firstRow(screen)).toBe('a  bc');
  });
});

describe('output of the child for the desktop', () => {
  it('is passed on: title, bell, clipboard, notification', async () => {
    const { said, write } = screenWith();
    await write('\x1b]0;my title\x07\x07\x1b]52;c;aGVsbG8=\x1b\\\x1b]9;done\x07');
    expect(said.passedOn).toBe('\x1b]2;my title\x07\x07\x1b]52;c;aGVsbG8=\x07\x1b]9;done\x07');
  });

  it('cannot read the clipboard', async () => {
    const { said, write } = screenWith();
    await write('\x1b]52;c;?\x07');
    expect(said.passedOn + said.answers).toBe('');
  });
});

describe('modes of the child', () => {
  it('are tracked, and cleared by a reset', async () => {
    const { screen, write } = screenWith();
    await write('\x1b[?1h\x1b=\x1b[?2004h\x1b[?1004h\x1b[?1003;1006h\x1b[>1u\x1b[>4;2m\x1b[?25l\x1b[4 q');
    expect(screen.modes()).toEqual({
      applicationCursor: true,
      applicationKeypad: true,
      bracketedPaste: true,
      focusEvents: true,
      mouse: 1003,
      mouseEncoding: 'sgr',
      kittyKeyboard: 1,
      modifyOtherKeys: 2,
      cursorColour: '',
    });
    expect(screen.cursor()).toEqual({ x: 0, y: 0, style: 4, isVisible: false });
    await write('\x1bc');
    expect(screen.modes()).toMatchObject({ mouse: 0, mouseEncoding: 'bytes', kittyKeyboard: 0, modifyOtherKeys: 0 });
    expect(screen.cursor()).toEqual({ x: 0, y: 0, style: 0, isVisible: true });
  });

  it('of the keyboard are kept per screen', async () => {
    const { screen, write } = screenWith();
    await write('\x1b[>1u\x1b[?1049h');
    expect(screen.modes().kittyKeyboard).toBe(0);
    await write('\x1b[>9u\x1b[=4;2u\x1b[?1049l');
    expect(screen.modes().kittyKeyboard).toBe(1);
    await write('\x1b[<u');
    expect(screen.modes().kittyKeyboard).toBe(0);
  });
});

describe('synchronized updates of the child', () => {
  it('are tracked, and their end is reported', async () => {
    const { screen, said, write } = screenWith();
    await write('\x1b[?2026hhalf');
    expect(screen.isUpdating()).toBe(true);
    await write('whole\x1b[?2026l');
    expect(screen.isUpdating()).toBe(false);
    expect(said.wholeFrames).toBe(1);
  });
});

describe('scrolling back', () => {
  it('shows earlier lines, stays there while the child continues, and has no cursor', async () => {
    const { screen, write } = screenWith();
    await write(Array.from({ length: 50 }, (_, line) => `line ${line}\r\n`).join(''));
    screen.scroll(-20);
    expect(firstRow(screen)).toBe('line 21');
    expect(screen.cursor()).toBeNull();
    await write('more\r\nand more\r\n');
    expect(firstRow(screen)).toBe('line 21');
    screen.scrollToEnd();
    expect(screen.scrolledBack()).toBe(0);
    expect(screen.cursor()).not.toBeNull();
  });
});

describe('the transcript', () => {
  it('has the lines of the main screen, wrapped ones joined, without blank ones at the end', async () => {
    const { screen, write } = screenWith();
    await write(`first\r\n\r\n${'long '.repeat(10)}\r\n\x1b[?1049hfull screen\x1b[?1049llast\r\n`);
    const lines = screen.transcript();
    expect(lines.map((line) => line.trimEnd())).toEqual(['first', '', 'long '.repeat(10).trimEnd(), 'last']);
  });
});
