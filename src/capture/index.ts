/**
 * Capture, in two halves that run on different threads and meet in `HttpEvent`:
 * `observe` reads HTTP out of the proxy's bytes; `createRecorder` makes exchanges of what it saw, free of secrets.
 */

export { parseJson, TooComplexError } from '../base/json.js';
export { decodeContent, encodingsOf } from '../wire/content/content-decoding.js';
export { observe } from '../wire/observe-connection.js';
export { isEventStream, parseSse } from '../wire/sse.js';
export { exchangeEnd } from './exchange/exchange-end.js';
export { createProgressFollower, type ProgressFollower } from './progress/progress-follower.js';
export { createRecorder } from './recorder.js';
export { createRedactor } from './redact/redactor.js';
export { assembleMessage, type Reply, replyOfJson } from './reply/assemble-message.js';
