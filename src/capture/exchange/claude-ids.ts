import { isRecord, parseJson, stringOf } from '../../base/json.js';
import type { HeaderList } from '../../model/exchange.js';

/** Ids that Claude Code puts into its requests; null where it does not. */
export interface ClaudeIds {
  sessionId: string | null;
  agentId: string | null;
  parentAgentId: string | null;
  promptId: string | null;
}

/** From the headers; older versions have only the session, in the body's `metadata.user_id`. */
export function claudeIds(headers: HeaderList, body: unknown): ClaudeIds {
  return {
    sessionId: header(headers, 'x-claude-code-session-id') ?? sessionOfMetadata(body),
    agentId: header(headers, 'x-claude-code-agent-id'),
    parentAgentId: header(headers, 'x-claude-code-parent-agent-id'),
    promptId: header(headers, 'x-claude-code-prompt-id'),
  };
}

/** Value of the first header line of that lower-case name; null when there is none, or it is empty. */
export function header(headers: HeaderList, wanted: string): string | null {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] || null;
}

const LONGEST_ID = 512;

/** Two forms were seen: a JSON string with `session_id`, and `user_…_account_…_session_<uuid>`. */
function sessionOfMetadata(body: unknown): string | null {
  const metadata = isRecord(body) ? body.metadata : null;
  const userId = isRecord(metadata) ? stringOf(metadata.user_id) : null;
  if (userId === null) return null;
  const parsed = parseJson(userId);
  if (isRecord(parsed)) return stringOf(parsed.session_id);
  // No id is longer, and a regular expression over megabytes overflows its stack.
  return /_session_([0-9a-fA-F-]+)$/.exec(userId.slice(-LONGEST_ID))?.[1] ?? null;
}
