import { isRecord } from '../../base/json.js';
import type { TapeDirection, TapeFrame } from '../../model/tape.js';
import { keyOf as idKeyOf } from '../messages/open-requests.js';
import { isAnswer, type RpcMessage } from '../messages/read-messages.js';
import { subjectOf } from './comparable.js';
import { frameMessages } from './kept-frames.js';

/** A frame as a list shows it. */
export interface FrameSummary {
  dir: TapeDirection;
  kind: RpcMessage['kind'];
  /** Method; for an answer, that of its request. Null if it is unknown. */
  method: string | null;
  /** The tool, prompt or address that the method is about; of an answer, that of its request. */
  name: string | null;
  id: string | number | null;
  /** Messages of a batch; 1 for one message. The rest of the summary is of the first. */
  messages: number;
  /** An answer that is an error, or a result that says so. */
  isError: boolean;
  /** Bytes of the message. */
  size: number;
}

/** @param request the frame that it answers */
export function summarizeFrame(frame: TapeFrame, request: TapeFrame | null): FrameSummary {
  const { dir, bytes } = frame;
  const messages = frameMessages(frame);
  const [first] = messages;
  if (first === undefined) {
    return {
      dir,
      kind: 'malformed',
      method: null,
      name: null,
      id: null,
      messages: 0,
      isError: false,
      size: bytes.length,
    };
  }
  const { kind, id } = first;
  const asked = isAnswer(first) && request !== null ? summarizeFrame(request, null) : null;
  return {
    dir,
    kind,
    id,
    method: first.method ?? asked?.method ?? null,
    name: asked === null ? subjectOf(first.body) : asked.name,
    messages: messages.length,
    isError: kind === 'error' || (isRecord(first.body.result) && first.body.result.isError === true),
    size: bytes.length,
  };
}

/**
 * The ids of requests that a frame makes, and of those that it answers.
 * @param message the parsed bytes; undefined if parsing was not tried
 */
export function frameIds(frame: TapeFrame, message: unknown): { asks: string[]; answers: string[] } {
  const asks: string[] = [];
  const answers: string[] = [];
  for (const each of frameMessages(frame, message)) {
    if (each.id === null) continue;
    // 1 and "1" are two ids.
    if (each.kind === 'request') asks.push(idKeyOf(each.id));
    else if (isAnswer(each)) answers.push(idKeyOf(each.id));
  }
  return { asks, answers };
}
