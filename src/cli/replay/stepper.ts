import { openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream } from 'node:tty';
import { UsageError } from '../../base/errors.js';
import type { Step } from '../../mcp/replay/tape-index.js';
import { printableLine } from '../../text/text.js';
import { formatBytes } from '../../text/units.js';

export interface Stepper {
  /** Resolves when Enter is pressed. One message waits after the other. */
  gate(step: Step, message: Buffer): Promise<void>;
  close(): void;
}

/**
 * Asks at the controlling terminal, since stdin and stdout are the client's.
 * @throws UsageError without one
 */
export function openStepper(): Stepper {
  const terminal = openTerminal();
  const input = new ReadStream(terminal);
  const presses: (() => void)[] = [];
  createInterface({ input }).on('line', () => presses.shift()?.());
  let before: Promise<void> = Promise.resolve();

  function ask(step: Step, message: Buffer): Promise<void> {
    const what = step.method ?? step.kind;
    writeSync(terminal, `${printableLine(`next: ${what}, ${formatBytes(message.length)}. Enter sends it.`)}\r\n`);
    return new Promise((resolve) => presses.push(resolve));
  }

  return {
    gate(step, message) {
      before = before.then(() => ask(step, message));
      return before;
    },
    close: () => void input.destroy(),
  };
}

function openTerminal(): number {
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    throw new UsageError('--step needs a terminal: each message waits for Enter there.');
  }
}
