import type { Source } from '../../model/source.js';
import type { Conversation } from './conversation.js';
import { type Cut, type Label, label } from './piece.js';
import { callLabel } from './tool-source.js';

const OPEN = '<transcript>';
const CLOSE = '</transcript>';
/** Frame and rules of the check. */
const ASKED = label('framework:system', 'prompt');
/** A line quotes what a person said or a tool was called with: `{"Bash":"ls"}`. */
const QUOTE = /\{"((?:[^"\\\n]|\\.)*)":"?/y;

/** Reads the transcript that a check of auto mode is given: one text, or several from its opening tag to its closing one. */
export function createTranscriptReader(conversation: Conversation): (text: string, start: number) => Cut[] | null {
  let inside = false;

  return (text, start) => {
    if (!inside && !text.startsWith(OPEN, start)) return null;
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
  const value = text.slice(line + opening.length, Math.min(end, line + opening.length + 1_000));
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
  const [, command] = /<command-name>\/?([^<\s\\]{1,100})/.exec(value) ?? [];
  if (command !== undefined && value.startsWith('<command-')) return conversation.commandSource(command);
  const [, peer] = /<(?:agent-message from|teammate-message teammate_id)=\\"([^"\\]{1,80})\\"/.exec(value) ?? [];
  if (peer !== undefined) return conversation.agentSource(peer) ?? 'unknown';
  return 'user';
}
