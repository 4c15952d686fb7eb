import { ESCAPE_TIME_MS } from './split/input/input-router.js';
import { type InputToken, InputTokenizer } from './split/input/input-tokens.js';
import { type MouseReport, parseMouse } from './split/input/mouse.js';

/**
 * Separates keys from mouse reports and answers of the terminal, which come the same way.
 * @param learn returns whether this sequence is such an answer
 */
export function typedKeys(
  learn: (sequence: string) => boolean,
  onKeys: (bytes: Buffer) => void,
  onMouse: (report: MouseReport) => void,
): (bytes: Buffer) => void {
  const tokenizer = new InputTokenizer();
  let waiting: NodeJS.Timeout | undefined;

  function take(tokens: readonly InputToken[]): void {
    let typed: Buffer[] = [];
    const give = (): void => {
      if (typed.length > 0) onKeys(Buffer.concat(typed));
      typed = [];
    };
    for (const { kind, bytes } of tokens) {
      const sequence = kind === 'sequence' ? bytes.toString('latin1') : '';
      const report = parseMouse(sequence);
      if (report !== null) {
        give();
        onMouse(report);
      } else if (!learn(sequence)) typed.push(bytes);
    }
    give();
  }

  return (bytes) => {
    clearTimeout(waiting);
    take(tokenizer.push(bytes));
    // Esc at the end of a read is a key or the beginning of a sequence.
    if (tokenizer.isWaiting) waiting = setTimeout(() => take(tokenizer.flush()), ESCAPE_TIME_MS);
  };
}
