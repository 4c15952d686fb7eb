import { isRecord } from '../../base/json.js';
import type { Conversation } from './conversation.js';
import { type Label, label, type Piece, piecesOf, unknownPiece } from './piece.js';
import { splitHarnessText } from './split-text.js';

const ROLE = 'system';
/** The line that opens every system prompt, also of subagents. Seen in 2.0.30 - 2.1.329. */
const IDENTITY = /^You are (?:Claude Code|a Claude agent), [^\n]*$/;

const TEAMMATES_OWN = '\n# Custom Agent Instructions\n';

/** Pieces of `system`: a string, or text blocks. */
export function segmentSystem(system: unknown, conversation: Conversation): Piece[] {
  if (system === undefined || system === null) return [];
  if (typeof system === 'string') return segmentPrompt('/system', system, conversation);
  if (!Array.isArray(system)) return unknownPiece('/system', ROLE, system);
  return system.flatMap((block: unknown, index) => {
    const path = `/system/${index}`;
    const text = isRecord(block) && block.type === 'text' ? block.text : undefined;
    return typeof text === 'string'
      ? segmentPrompt(`${path}/text`, text, conversation)
      : unknownPiece(path, ROLE, block);
  });
}

function segmentPrompt(path: string, text: string, conversation: Conversation): Piece[] {
  const base = promptLabel(text, conversation);
  const boundaries = splitHarnessText(
    { text, offset: 0, start: 0, end: text.length, place: 'system', base },
    conversation,
  );
  return piecesOf(path, ROLE, text, boundaries).map(withoutBillingHeader);
}

/** A subagent's own system prompt belongs to the agent. */
function promptLabel(text: string, { thread: { agent } }: Conversation): Label {
  const isOwn = agent !== null && agent.source === undefined && !IDENTITY.test(text.trim());
  // A teammate has the main conversation's prompt, with its own behind it.
  if (!isOwn || text.includes(TEAMMATES_OWN)) return label('framework:system', 'prompt');
  return label(`agent:${agent.name}`, 'instructions');
}

/** The API strips the billing header: the model never reads it. */
function withoutBillingHeader(piece: Piece): Piece {
  return piece.source === 'framework:billing-header' ? { ...piece, unread: 'stripped' } : piece;
}
