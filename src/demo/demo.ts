import { messagesApi, spokenApi } from '../scripted/messages-api.js';
import { type ScriptedApi, startScriptedApi } from '../scripted/scripted-api.js';
import { demoModel } from './claude/model.js';
import { withWiki } from './claude/wiki-server.js';
import { demoConversation } from './script.js';

/** Pause before each event of a stream, long enough for a live view to show progress. */
const EVENT_DELAY_MS = 4;

/** Long enough for a person to see the answer grow. */
export const WATCHED_EVENT_DELAY_MS = 40;

/**
 * Starts the API that plays the model for played/client.ts. Its `proxyUrl` is the upstream to chain to, its `caPem` the
 * authority to trust.
 */
export function startDemo(eventDelayMs = EVENT_DELAY_MS): Promise<ScriptedApi> {
  return startScriptedApi({ script: messagesApi(demoConversation(eventDelayMs)) });
}

/**
 * Starts the API that answers the real Claude Code, whatever is typed into it.
 * @param cwd the folder of its project @param panelKeys the keys that lead to the panel, and back
 */
export function startClaudeDemo(cwd: string, panelKeys: string): Promise<ScriptedApi> {
  return startScriptedApi({ script: withWiki(spokenApi(demoModel(cwd, panelKeys), WATCHED_EVENT_DELAY_MS)) });
}
