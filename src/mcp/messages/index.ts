/**
 * The messages between an MCP client and a server, from bytes to calls. Pure: no clock, no files, no sockets.
 *
 * read-messages   a line, body or event to JSON-RPC messages; outline has the parts of those that are too large to parse
 * tracker         the messages of a connection to its calls, definitions and facts:
 * ├ open-requests which request an answer is for
 * ├ call          what an answer says, and the state of its call
 * ├ definitions   tools and instructions, when they are new
 * └ facts         era, protocol, client and server
 */
export {
  type Frame,
  isAnswer,
  MAX_BATCH,
  MAX_MESSAGE_BYTES,
  malformed,
  messagesIn,
  type RpcMessage,
  readMessages,
} from './read-messages.js';
export { type Tracked, Tracker } from './tracker.js';
