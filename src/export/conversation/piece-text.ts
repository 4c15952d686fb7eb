import { isRecord, parseJson } from '../../base/json.js';
import { isTooDeep } from '../../base/map-strings.js';
import type { ConversationPiece } from '../../history/conversation-steps.js';
import { groupOf, groupTotals, type SourceGroup } from '../../model/source-group.js';
import { excerpt } from '../../text/text.js';
import { formatTokens } from '../../text/units.js';

/** What a person reads of a piece. */
export interface ReadablePiece {
  /** `tool:Read result (/a/file.ts), 1.2k tokens`. */
  title: string;
  group: SourceGroup;
  text: string;
}

export interface ReadableBlock {
  /**
   * talk: what the user and the model said to each other; work: thinking, calls and results; context: what Claude Code added
   * around a message.
   */
  kind: 'talk' | 'work' | 'context';
  title: string;
  /** One, except in context. */
  pieces: readonly ReadablePiece[];
}

/** Pieces as blocks; what was added around one message is one block, since it is often many small pieces. */
export function readableBlocks(pieces: readonly ConversationPiece[]): ReadableBlock[] {
  const runs: { kind: ReadableBlock['kind']; pieces: ConversationPiece[] }[] = [];
  for (const piece of pieces) {
    const kind = kindOf(piece);
    const last = runs.at(-1);
    if (kind === 'context' && last?.kind === 'context') last.pieces.push(piece);
    else runs.push({ kind, pieces: [piece] });
  }
  return runs.map(({ kind, pieces }) => {
    const readable = pieces.map(readablePiece);
    return { kind, title: kind === 'context' ? contextTitle(pieces) : (readable[0]?.title ?? ''), pieces: readable };
  });
}

function kindOf({ source, part }: ConversationPiece): ReadableBlock['kind'] {
  if ((source === 'user' || source === 'assistant') && (part === 'text' || part === 'prompt')) return 'talk';
  if (part === 'prompt') return 'talk'; // the task of an agent
  return part === 'call' || part === 'result' || part === 'thinking' ? 'work' : 'context';
}

/** `context: mcp 263, framework 40 tokens`. */
function contextTitle(pieces: readonly ConversationPiece[]): string {
  const totals = groupTotals(
    pieces.map(({ source, tokens }) => ({ source, tokens: tokens ?? 0, newTokens: null, costUsd: null })),
  );
  return totals.length === 0
    ? 'context'
    : `context: ${totals.map(({ group, tokens }) => `${group} ${formatTokens(tokens)}`).join(', ')} tokens`;
}

/** Maximum length of the file or the command in a title. */
const MAX_ABOUT = 80;

function readablePiece(piece: ConversationPiece): ReadablePiece {
  const { source, part, detail, tokens } = piece;
  const { about, text } = readableText(piece);
  const subject = detail ?? about;
  const what = part === 'text' || (part === 'prompt' && source === 'user') ? source : `${source} ${part}`;
  return {
    title: [
      what,
      ...(subject === null ? [] : [` (${excerpt(subject, MAX_ABOUT)})`]),
      ...(tokens === null ? [] : [`, ${formatTokens(tokens)} tokens`]),
    ].join(''),
    group: groupOf(source),
    text: text.trimEnd(),
  };
}

/** Calls as their input; pictures and documents without their bytes. */
function readableText({ part, text }: ConversationPiece): { about: string | null; text: string } {
  if (part === 'image' || part === 'document') return { about: null, text: `[${part}]` };
  const block = /^\s*\{/.test(text) ? parseJson(text) : null;
  if (!isRecord(block) || isTooDeep(block)) return { about: null, text };
  if (part === 'call') {
    const { input, name } = block;
    const [first = name] = isRecord(input) ? Object.values(input) : [];
    return { about: typeof first === 'string' ? first : String(name), text: JSON.stringify(input ?? {}, null, 2) };
  }
  // Sealed thinking is not text.
  return part === 'thinking' ? { about: null, text: '[sealed]' } : { about: null, text };
}
