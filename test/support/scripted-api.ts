/** The scripted Messages API for tests: the demo's server, and features that only tests need. */
export { messagesApi } from '../../src/scripted/messages-api.js';
export { errorReply } from '../../src/scripted/reply.js';
export {
  type ReceivedRequest,
  type Script,
  type ScriptedApi,
  startScriptedApi,
} from '../../src/scripted/scripted-api.js';
export { askForCredentials, withCredentials } from './scripted-api/company-proxy.js';
export { decoded, type Encoding, encoded } from './scripted-api/encodings.js';
export { failFirst, overloaded, rateLimited, unauthorized } from './scripted-api/errors.js';
export { answerRaw, type RawAnswer, rawAnswers } from './scripted-api/raw-answers.js';
export { brokenAfter, heldAfter, say } from './scripted-api/streams.js';
