/**
 * Recorded servers that answer again, a table of contents.
 *
 * recording      tapes of a server, played while they are read
 * ├ tape-reading which message of the client each message of the server belongs to
 * ├ tape-index   the messages of a tape by number, by key (hash-chains) and by cause, as numbers (growing-numbers)
 * ├ kept-frames  frames by number and time, read from the tape, or from a nameless-file
 * └ comparable   the content by which messages are compared
 * connection     a client and its recorded server
 * ├ choice       which recorded request an asked one is; describe-miss says what was recorded
 * ├ differences  where two JSON values differ
 * ├ unrecorded   what every server answers
 * ├ client-messages   recorded messages with the ids and tokens of this client, by base/json-splice
 * ├ server-questions  requests of the server, and the client's answers
 * └ clock        when each message is due
 * serve-stdio    on stdin and stdout, by mcp/stdio-lines; main is the program of `wrap --replay`
 * serve-http     over Streamable HTTP: http-answer; over SSE as in 2024-11-05: sse-endpoint
 * client/        the recorded client asks a real server: compare-session, ignored, opaque-values; open-server
 */
export type { Speed } from './clock.js';
export type { RecordedTape } from './kept-frames.js';
export { openRecording, type Recording } from './recording.js';
export { serveHttp } from './serve-http.js';
export { serveStdio } from './serve-stdio.js';
