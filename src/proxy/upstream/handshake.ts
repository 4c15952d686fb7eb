import type { TLSSocket } from 'node:tls';
import { tameErrors } from '../pipe-end.js';

/**
 * Waits for the end of a client's TLS handshake.
 * @param onTimeout called after `timeoutMs`; must destroy the stream
 * @throws what `toError` makes of the stream's error, or of null where the other side closed
 */
export function handshake(
  stream: TLSSocket,
  timeoutMs: number,
  onTimeout: () => void,
  toError: (error: Error | null) => Error,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(onTimeout, timeoutMs);
    const onError = (error: Error) => reject(toError(error));
    const onClose = () => {
      clearTimeout(timer);
      reject(toError(null));
    };
    tameErrors(stream);
    stream.once('error', onError).once('close', onClose);
    stream.once('secureConnect', () => {
      clearTimeout(timer);
      stream.off('error', onError).off('close', onClose);
      resolve();
    });
  });
}
