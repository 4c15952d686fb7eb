import { messagesApi } from './messages-api.js';
import { demoConversation } from './script.js';
import { type ScriptedApi, startScriptedApi } from './scripted-api.js';

/** Pause before each event of a stream: long enough that a live view shows something happen. */
const EVENT_DELAY_MS = 4;

/**
 * Starts the API that plays the model for `claude-trace demo`; client.ts plays Claude Code. `proxyUrl` is the upstream to
 * chain to, `caPem` the authority to trust.
 */
export function startDemo(): Promise<ScriptedApi> {
  return startScriptedApi({ script: messagesApi(demoConversation(EVENT_DELAY_MS)) });
}
