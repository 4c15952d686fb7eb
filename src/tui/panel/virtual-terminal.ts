import { PassThrough, Writable } from 'node:stream';

/** A keyboard that we press ourselves: Ink asks it for raw mode, which it always is in. */
class Keyboard extends PassThrough {
  readonly isTTY = true;
  setRawMode(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

/** A screen that hands on what Ink draws: with `debug`, each write is a whole frame. */
class Screen extends Writable {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  readonly #onFrame: (frame: string) => void;

  constructor(onFrame: (frame: string) => void) {
    super({ decodeStrings: false });
    this.#onFrame = onFrame;
  }

  override _write(frame: string, _encoding: BufferEncoding, done: () => void): void {
    this.#onFrame(frame);
    done();
  }
}

/** The two ends of a terminal that Ink takes for real. Ink's types ask for all of `tty`; it uses what stands here. */
export interface VirtualTerminal {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  type(bytes: Buffer): void;
  resize(columns: number, rows: number): void;
}

export function createVirtualTerminal(onFrame: (frame: string) => void): VirtualTerminal {
  const keyboard = new Keyboard();
  const screen = new Screen(onFrame);
  return {
    stdin: keyboard as unknown as NodeJS.ReadStream,
    stdout: screen as unknown as NodeJS.WriteStream,
    type: (bytes) => void keyboard.write(bytes),
    resize(columns, rows) {
      screen.columns = columns;
      screen.rows = rows;
    },
  };
}
