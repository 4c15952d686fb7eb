import { ESCAPE_TIME_MS } from './split/input/input-router.js';
import { InputTokenizer } from './split/input/input-tokens.js';

/**
 * Separates keys from answers of the terminal, which come the same way.
 * @param learn returns whether this sequence is such an answer
 */
export function typedKeys(
  learn: (sequence: string) => boolean,
  onKeys: (bytes: Buffer) => void,
): (bytes: Buffer) => void {
  const tokenizer = new InputTokenizer();
  let waiting: NodeJS.Timeout | undefined;

  function take(tokens: ReturnType<InputTokenizer['push']>): void {
    const typed = tokens.filter(({ kind, bytes }) => kind !== 'sequence' || !learn(bytes.toString('latin1')));
    if (typed.length > 0) onKeys(Buffer.concat(typed.map(({ bytes }) => bytes)));
  }

  return (bytes) => {
    clearTimeout(waiting);
    take(tokenizer.push(bytes));
    // Esc at the end of a read is a key or the beginning of a sequence.
    if (tokenizer.isWaiting) waiting = setTimeout(() => take(tokenizer.flush()), ESCAPE_TIME_MS);
  };
}
