import type { Source } from '../../model/source.js';
import type { Conversation } from './conversation.js';
import { type Boundary, type Label, label } from './piece.js';
import { callLabel } from './tool-source.js';

const OPEN = '<transcript>';
const CLOSE = '</transcript>';
/** Frame and rules of the check. */
const CHECK_PROMPT = label('framework:system', 'prompt');
const BLANK = label('framework:system', 'text');
const UNKNOWN = label('unknown', 'text');
/** A line quotes a message or the input of a tool call: `{"Bash":"ls"}`. */
const VALUE_HEAD = 1_000;
const PLAIN_QUOTE = /(User|Assistant|[A-Za-z][\w-]{1,127})(?::? |(?=\n))/y;
const QUOTE = /\{"((?:[^"\\\n]|\\.)*)":"?/y;

/** Reads the transcript in a check of auto mode: one text, or several from its opening tag to its closing one. */
export function createTranscriptReader(conversation: Conversation): (text: string, start: number) => Boundary[] | null {
  let inside = false;

  return (text, start) => {
    if (!inside && !text.startsWith(OPEN, start)) return null;
    const plain =
      inside && text[start] !== '{' && !text.startsWith(CLOSE, start)
        ? plainQuoteLabel(text, start, conversation)
        : null;
    if (plain !== null) return [{ start, label: plain }];
    const boundaries: Boundary[] = [];
    for (let line = start, next = start; line < text.length; line = next) {
      const newline = text.indexOf('\n', line);
      next = newline === -1 ? text.length : newline + 1;
      conversation.budget.spend(next - line);
      const isTag = text.startsWith(inside ? CLOSE : OPEN, line);
      const what = inside && !isTag ? quoteLabel(text, line, next, conversation) : CHECK_PROMPT;
      if (isTag) inside = !inside;
      // A transcript has many lines with the same label.
      const last = boundaries.at(-1)?.label;
      if (last?.source !== what.source || last.part !== what.part) boundaries.push({ start: line, label: what });
    }
    return boundaries;
  };
}

/** The label of a quote. The harness escapes quotes so that each takes one line; other lines are unknown. */
function quoteLabel(text: string, line: number, end: number, conversation: Conversation): Label {
  QUOTE.lastIndex = line;
  const [opening, key = ''] = QUOTE.exec(text) ?? [];
  if (opening === undefined) return text.slice(line, end).trim() === '' ? BLANK : UNKNOWN;
  const value = text.slice(line + opening.length, Math.min(end, line + opening.length + VALUE_HEAD));
  return speakerLabel(key, value, conversation);
}

/** In 2.1.197 each text is one quote, as plain text: `User: hello`, `Agent (scout): look`, `Bash ls`. */
function plainQuoteLabel(text: string, start: number, conversation: Conversation): Label | null {
  PLAIN_QUOTE.lastIndex = start;
  const [opening, key = ''] = PLAIN_QUOTE.exec(text) ?? [];
  if (opening === undefined) return null;
  return speakerLabel(
    key.toLowerCase() === 'user' || key === 'Assistant' ? key.toLowerCase() : key,
    text.slice(start + opening.length, start + VALUE_HEAD),
    conversation,
  );
}

/** @param value the beginning of the quoted text */
function speakerLabel(key: string, value: string, conversation: Conversation): Label {
  if (key === 'user') return label(userSource(value, conversation), 'text');
  if (key === 'assistant') return label('assistant', 'text');
  if (key === 'Agent' || key === 'Task') {
    const [, agent = 'general-purpose'] = /^\(([^()]{1,100})\)/.exec(value) ?? [];
    return label(`agent:${agent}`, 'call');
  }
  if (key === 'Skill') {
    const [, skill] = /^(?:\(|\/)?([\w:.-]{1,100})/.exec(value) ?? [];
    if (skill !== undefined) return callLabel('Skill', { skill }, conversation.servers);
  }
  return callLabel(key, {}, conversation.servers);
}

/** A quote of `user` need not be the user's. */
function userSource(value: string, conversation: Conversation): Source {
  if (value.startsWith('[Compaction summary')) return 'framework:compaction';
  const [, call] = /<tool-use-id>([^<]{1,100})</.exec(value) ?? [];
  if (call !== undefined && value.startsWith('[SYSTEM NOTIFICATION')) return conversation.callSource(call) ?? 'unknown';
  const [, command] = /<command-name>\/?([^<\s\\]{1,100})/.exec(value) ?? [];
  if (command !== undefined && value.startsWith('<command-')) return conversation.commandSource(command);
  const [, peer] = /<(?:agent-message from|teammate-message teammate_id)=\\"([^"\\]{1,80})\\"/.exec(value) ?? [];
  if (peer !== undefined) return conversation.agentSource(peer) ?? 'unknown';
  return 'user';
}
