import { headerOf } from '../../base/headers.js';
import { isRecord, parseJson, stringOf } from '../../base/json.js';
import type { HeaderList } from '../../model/exchange.js';
import { MAX_ID_LENGTH } from '../limits.js';

/** Ids in a request of Claude Code. Each may be missing. */
export interface ClaudeIds {
  sessionId: string | null;
  agentId: string | null;
  parentAgentId: string | null;
  promptId: string | null;
}

/** Reads the headers. Older versions have only the session, in `metadata.user_id` of the body. */
export function claudeIds(headers: HeaderList, body: unknown): ClaudeIds {
  return {
    sessionId: header(headers, 'x-claude-code-session-id') ?? sessionOfMetadata(body),
    agentId: header(headers, 'x-claude-code-agent-id'),
    parentAgentId: header(headers, 'x-claude-code-parent-agent-id'),
    promptId: header(headers, 'x-claude-code-prompt-id'),
  };
}

/** Value of the first header line of that name, which is lower case; null where it is missing or empty. */
export function header(headers: HeaderList, wanted: string): string | null {
  return headerOf(headers, wanted) || null;
}

/** Two forms were seen: JSON with `session_id`, and `user_…_account_…_session_<uuid>`. */
function sessionOfMetadata(body: unknown): string | null {
  const metadata = isRecord(body) ? body.metadata : null;
  const userId = isRecord(metadata) ? stringOf(metadata.user_id) : null;
  if (userId === null) return null;
  const parsed = parseJson(userId);
  if (isRecord(parsed)) return stringOf(parsed.session_id);
  // No id is longer, and a regular expression over megabytes overflows its stack.
  return /_session_([0-9a-fA-F-]+)$/.exec(userId.slice(-MAX_ID_LENGTH))?.[1] ?? null;
}
