import { withoutByteOrderMark } from '../../base/byte-order-mark.js';
import { type Frame, MAX_MESSAGE_BYTES } from '../../mcp/messages/index.js';
import type { HeaderList } from '../../model/exchange.js';
import {
  createSseBytesReader,
  createStreamDecoder,
  DEFAULT_DECODED_LIMIT,
  decodeContent,
  encodingsOf,
} from '../../wire/index.js';
import { header } from '../exchange/claude-ids.js';

/** A frame of an answer, and the name of its event; null for a JSON body. */
export interface AnswerFrame extends Frame {
  event: string | null;
}

export interface AnswerFrames {
  /** Frames are passed on at once, or soon. */
  push(bytes: Uint8Array): void;
  /**
   * The answer has ended. All that is left is passed on before this returns.
   * @param missing bytes that the client got and that were not pushed; null: it broke, and the client dropped what was not complete
   * @returns false where messages are missing: they could not be read, or were not kept
   */
  end(missing: number | null): boolean;
}

/**
 * The frames of an answer over HTTP, while it is received: the data of events, or a JSON body. Null for any other body, in which
 * there are no messages.
 */
export function createAnswerFrames(headers: HeaderList, onFrame: (frame: AnswerFrame) => void): AnswerFrames | null {
  const type = header(headers, 'content-type')?.toLowerCase() ?? '';
  const encodings = encodingsOf(headers).filter((encoding) => encoding !== 'identity' && encoding !== '');
  if (type.startsWith('text/event-stream')) {
    return encodings.length === 0 ? plainEvents(onFrame) : codedEvents(encodings, onFrame);
  }
  return /^application\/(?:json|[\w.-]+\+json)\b/.test(type) ? jsonBody(encodings, onFrame) : null;
}

function plainEvents(onFrame: (frame: AnswerFrame) => void): AnswerFrames {
  let passed = 0;
  const reader = createSseBytesReader(({ event, data, size, truncated }) => {
    passed += 1;
    onFrame({ event, bytes: data, size, truncated });
  }, MAX_MESSAGE_BYTES);
  return {
    push: reader.push,
    end(missing) {
      const before = passed;
      reader.end(missing ?? 0);
      // What is missing is the rest of the event that was cut; without one, there were events that are not known.
      return (missing ?? 0) === 0 || passed > before;
    },
  };
}

/**
 * Node decodes streams in another thread. What has not come from there at the end is read from the whole body, so that each message is
 * passed on once, and all of them before the end.
 */
function codedEvents(encodings: readonly string[], onFrame: (frame: AnswerFrame) => void): AnswerFrames {
  const chunks: Uint8Array[] = [];
  let passed = 0;
  let decoded = 0;
  const early = plainEvents((frame) => {
    passed += 1;
    onFrame(frame);
  });
  const decoder = createStreamDecoder(encodings, {
    onBytes(bytes) {
      decoded += bytes.length;
      if (decoded > DEFAULT_DECODED_LIMIT) decoder.close();
      else early.push(bytes);
    },
    onFailed() {},
  });
  return {
    push(bytes) {
      chunks.push(bytes);
      decoder.push(bytes);
    },
    end(missing) {
      decoder.close();
      const whole = decodeContent(Buffer.concat(chunks), encodings, DEFAULT_DECODED_LIMIT);
      if (!whole.ok) return false;
      let seen = 0;
      const late = plainEvents((frame) => {
        seen += 1;
        if (seen > passed) onFrame(frame);
      });
      late.push(whole.bytes);
      late.end(0);
      return missing === null || missing === 0;
    },
  };
}

function jsonBody(encodings: readonly string[], onFrame: (frame: AnswerFrame) => void): AnswerFrames {
  const chunks: Uint8Array[] = [];
  return {
    push: (bytes) => void chunks.push(bytes),
    end(missing) {
      if (missing === null) return true;
      const body = decodeContent(Buffer.concat(chunks), encodings, DEFAULT_DECODED_LIMIT);
      if (!body.ok) return false;
      const truncated = missing > 0 || !body.complete;
      const bytes = withoutByteOrderMark(body.bytes);
      onFrame({ event: null, bytes, size: bytes.length + missing, truncated });
      return true;
    },
  };
}
