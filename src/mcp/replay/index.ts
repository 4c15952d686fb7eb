/**
 * Recorded servers that answer again, a table of contents.
 *
 * recording      tapes to what the server sends, and because of what; kept-bytes holds it in bounded memory, and the rest in a nameless-file
 * ├ comparable   what a request asks for
 * └ splice       a message with other values in some fields, all other bytes as they were
 * connection     a client and its recorded server
 * ├ choice       which recorded request an asked one is; describe-miss says what was recorded
 * ├ differences  where two JSON values differ
 * ├ unrecorded   what every server answers
 * └ clock        when each message is due
 * serve-stdio    on stdin and stdout; main is the program of `wrap --replay`
 * serve-http     over Streamable HTTP: http-answer, modern-headers
 * client/        the recorded client asks a real server: compare-session, ignored, opaque-values; open-server
 */
export type { Speed } from './clock.js';
export { type RecordedTape, readRecording } from './recording.js';
export { serveHttp } from './serve-http.js';
export { serveStdio } from './serve-stdio.js';
