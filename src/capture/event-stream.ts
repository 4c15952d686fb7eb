/** The beginning of a stream of events: a field, or a comment. No JSON and no page begins like that. */
const FIRST_LINE = /^\uFEFF?[\r\n]{0,8}(?:(?:event|data|id|retry) ?:|:)/;
const OTHER = /^\uFEFF?\s{0,100}[{[<"]/;

/** Whether a decoded body is a stream of events. Gateways label them as anything, and errors as streams: the bytes tell. */
export function isEventStream(content: Uint8Array, contentType: string | null): boolean {
  const start = Buffer.from(content.buffer, content.byteOffset, Math.min(content.length, 128)).toString();
  if (FIRST_LINE.test(start)) return true;
  return !OTHER.test(start) && (contentType?.toLowerCase().startsWith('text/event-stream') ?? false);
}
