/**
 * Capture, in two halves that run on different threads and meet in `WireEvent`:
 * `observe` reads HTTP out of the proxy's bytes; `createRecorder` makes exchanges of what it saw, free of secrets.
 */
export { assembleMessage, type Reply, replyOfJson } from './assemble-message.js';
export { decodeContent, encodingsOf } from './content-decoding.js';
export { exchangeEnd } from './exchange-end.js';
export { parseJson, TooComplexError } from './json.js';
export { observe } from './observe.js';
export { createProgressFollower, type ProgressFollower } from './progress/progress-follower.js';
export { createRecorder } from './recorder.js';
export { createRedactor } from './redactor.js';
export { isEventStream, parseSse } from './sse.js';
export type { WireEvent } from './wire-event.js';
