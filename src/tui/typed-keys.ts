import { ESCAPE_TIME_MS } from './split/input/input-router.js';
import { InputTokenizer } from './split/input/input-tokens.js';

/**
 * What is typed, without the answers of the terminal that come the same way.
 * @param learn whether this sequence is such an answer
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
    // Esc alone is a key; at the end of a read it may also begin a sequence.
    if (tokenizer.isWaiting) waiting = setTimeout(() => take(tokenizer.flush()), ESCAPE_TIME_MS);
  };
}
