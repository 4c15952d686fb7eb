import { demoModel } from './claude/model.js';
import { demoConversation } from './script.js';
import { messagesApi, spokenApi } from './scripted/messages-api.js';
import { type ScriptedApi, startScriptedApi } from './scripted/scripted-api.js';

/** Pause before each event of a stream: long enough that a live view shows something happen. */
const EVENT_DELAY_MS = 4;

/** So long that a person sees the answer grow. */
export const WATCHED_EVENT_DELAY_MS = 40;

/**
 * Starts the API that plays the model for `claude-trace demo`; client.ts plays Claude Code. `proxyUrl` is the upstream to
 * chain to, `caPem` the authority to trust.
 */
export function startDemo(eventDelayMs = EVENT_DELAY_MS): Promise<ScriptedApi> {
  return startScriptedApi({ script: messagesApi(demoConversation(eventDelayMs)) });
}

/**
 * Starts the API that answers the real Claude Code, whatever is typed into it.
 * @param cwd of its project @param toPanel the keys that lead to the panel, and back
 */
export function startClaudeDemo(cwd: string, toPanel?: string): Promise<ScriptedApi> {
  return startScriptedApi({ script: spokenApi(demoModel(cwd, toPanel), WATCHED_EVENT_DELAY_MS) });
}
