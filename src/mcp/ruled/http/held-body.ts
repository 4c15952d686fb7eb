import { asBuffer } from '../../../base/as-buffer.js';
import type { HeaderList } from '../../../model/exchange.js';
import { decodeContent } from '../../../wire/index.js';
import { MAX_MESSAGE_BYTES } from '../../messages/read-messages.js';
import { codingsOf } from './headers.js';
import type { MessageReader } from './message-reader.js';
import { Pieces } from './pieces.js';

/** The content of a message that is held until it is whole. */
export class HeldBody {
  readonly #content = new Pieces();

  /** @returns the content without its coding; null if rules cannot decide on it; undefined if it is not whole yet */
  read(reader: MessageReader<{ headers: HeaderList }>): Buffer | null | undefined {
    for (const bytes of reader.takeContent()) this.#content.add(asBuffer(bytes));
    if (this.#content.length > MAX_MESSAGE_BYTES) return null;
    if (!reader.isEnded) return undefined;
    const codings = codingsOf(reader.read?.head.headers ?? []);
    const decoded = decodeContent(this.#content.bytes, codings, MAX_MESSAGE_BYTES);
    return decoded.ok && decoded.complete && decoded.bytes.length > 0 ? decoded.bytes : null;
  }

  /** As it was sent, with its coding. */
  take(): Buffer {
    return this.#content.take();
  }
}
