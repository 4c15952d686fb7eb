/**
 * Wire events to exchanges that are safe to store, a table of contents.
 *
 * recorder       takes the events of each exchange, hands on its request and then its response:
 * ├ exchange     what is collected of one (exchange-record), and its request, response, kind, ids and end
 * ├ redact       secrets found by name, shape and repetition, and replaced (redactor is the way in)
 * ├ rules        what rules of the configuration do with requests, answers and messages of MCP
 * └ reply        events to a message, its usage and errors
 * transcript     the same from the files in which Claude Code keeps its conversations
 * progress       answers while they come, for a person who watches
 * mcp            what passes between MCP clients and servers, over HTTP or seen by a shim: messages and calls
 */
export { exchangeEnd } from './exchange/exchange-end.js';
export { createKindOf, createServerOf } from './exchange/kind.js';
export { redactorOfConnection } from './mcp/connection-redactor.js';
export { createMcpRecorder } from './mcp/mcp-recorder.js';
export { createProgressFollower, type ProgressFollower } from './progress/progress-follower.js';
export { createRecorder } from './recorder.js';
export { createRedactor, type Redactor } from './redact/redactor.js';
export { assembleMessage, type Reply, replyOfJson } from './reply/assemble-message.js';
export { createPassiveRules, type PassiveRules } from './rules/passive-rules.js';
export { type BadLine, createTranscriptReader, type FoundAnswer } from './transcript/read-transcript.js';
