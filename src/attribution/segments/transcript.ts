import type { Source } from '../../model/source.js';
import type { Conversation } from './conversation.js';
import { type Cut, type Label, label } from './piece.js';
import { callLabel } from './tool-source.js';

const OPEN = '<transcript>';
const CLOSE = '</transcript>';
/** Frame and rules of the check. */
const ASKED = label('framework:system', 'prompt');
/** A line quotes what a person said or a tool was called with: `{"Bash":"ls"}`. */
const VALUE_HEAD = 1_000;
const PLAIN_QUOTE = /(User|Assistant|[A-Za-z][\w-]{1,127})(?::? |(?=\n))/y;
const QUOTE = /\{"((?:[^"\\\n]|\\.)*)":"?/y;

/** Reads the transcript that a check of auto mode is given: one text, or several from its opening tag to its closing one. */
export function createTranscriptReader(conversation: Conversation): (text: string, start: number) => Cut[] | null {
  let inside = false;

  return (text, start) => {
    if (!inside && !text.startsWith(OPEN, start)) return null;
    const plain =
      inside && text[start] !== '{' && !text.startsWith(CLOSE, start) ? plainlyQuoted(text, start, conversation) : null;
    if (plain !== null) return [{ start, label: plain }];
    const cuts: Cut[] = [];
    for (let line = start, next = start; line < text.length; line = next) {
      const newline = text.indexOf('\n', line);
      next = newline === -1 ? text.length : newline + 1;
      conversation.budget.spend(next - line);
      if (text.startsWith(inside ? CLOSE : OPEN, line)) {
        inside = !inside;
        cuts.push({ start: line, label: ASKED });
      } else if (inside) cuts.push({ start: line, label: quoted(text, line, next, conversation) });
      else cuts.push({ start: line, label: ASKED });
    }
    return cuts;
  };
}

/** Whom a line quotes. The harness escapes what it quotes, so that each takes one line: any other is nobody's. */
function quoted(text: string, line: number, end: number, conversation: Conversation): Label {
  QUOTE.lastIndex = line;
  const [opening, key = ''] = QUOTE.exec(text) ?? [];
  if (opening === undefined) return label(text.slice(line, end).trim() === '' ? 'framework:system' : 'unknown', 'text');
  const value = text.slice(line + opening.length, Math.min(end, line + opening.length + VALUE_HEAD));
  return said(key, value, conversation);
}

/** In 2.1.197 each text is one quote, as plain text: `User: hello`, `Agent (scout): look`, `Bash ls`. */
function plainlyQuoted(text: string, start: number, conversation: Conversation): Label | null {
  PLAIN_QUOTE.lastIndex = start;
  const [opening, key = ''] = PLAIN_QUOTE.exec(text) ?? [];
  if (opening === undefined) return null;
  return said(
    key.toLowerCase() === 'user' || key === 'Assistant' ? key.toLowerCase() : key,
    text.slice(start + opening.length, start + VALUE_HEAD),
    conversation,
  );
}

/** @param value how what was said begins */
function said(key: string, value: string, conversation: Conversation): Label {
  if (key === 'user') return label(saidBy(value, conversation), 'text');
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

/** What stands under `user` need not be a person's. */
function saidBy(value: string, conversation: Conversation): Source {
  if (value.startsWith('[Compaction summary')) return 'framework:compaction';
  const [, call] = /<tool-use-id>([^<]{1,100})</.exec(value) ?? [];
  if (call !== undefined && value.startsWith('[SYSTEM NOTIFICATION')) return conversation.callSource(call) ?? 'unknown';
  const [, command] = /<command-name>\/?([^<\s\\]{1,100})/.exec(value) ?? [];
  if (command !== undefined && value.startsWith('<command-')) return conversation.commandSource(command);
  const [, peer] = /<(?:agent-message from|teammate-message teammate_id)=\\"([^"\\]{1,80})\\"/.exec(value) ?? [];
  if (peer !== undefined) return conversation.agentSource(peer) ?? 'unknown';
  return 'user';
}
