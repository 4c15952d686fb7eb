import type { Terminal } from '@xterm/headless';

/** OSC sequences for the user's desktop: working directory (7), notifications and progress (9, 99, 777). */
const TO_THE_DESKTOP = [7, 9, 99, 777];

/** Inside a sequence they would end it or start another one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g;

/**
 * Hands titles, bells, notifications and clipboard writes of the child to the terminal outside, at once.
 * @param isXtermLike another terminal has a bell only
 */
export function passOn(terminal: Terminal, isXtermLike: boolean, give: (sequence: string) => void): void {
  const write = isXtermLike ? give : () => {};
  terminal.onBell(() => give('\x07'));
  terminal.onTitleChange((title) => write(`\x1b]2;${plain(title)}\x07`));
  for (const code of TO_THE_DESKTOP) {
    terminal.parser.registerOscHandler(code, (data) => {
      write(`\x1b]${code};${plain(data)}\x07`);
      return true;
    });
  }
  // OSC 52 ; which ; base64. Reading the clipboard is not answered, as in most terminals.
  terminal.parser.registerOscHandler(52, (data) => {
    if (!data.endsWith(';?')) write(`\x1b]52;${plain(data)}\x07`);
    return true;
  });
}

export function plain(text: string): string {
  return text.replace(CONTROLS, '');
}
