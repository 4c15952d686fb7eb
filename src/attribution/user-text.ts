import { type Owner, owner, type Span, wholeSpan } from './piece.js';
import { splitLeading, splitReminders } from './reminders.js';
import { BLOCK_RULES } from './rules.js';
import { ownText, type SegmentContext } from './segment-context.js';
import { splitText } from './split-text.js';
import type { Turn } from './turn.js';

const COMMAND = /^<command-(message|name)>/;
const COMMAND_NAME = /<command-name>\/?([^<\s]+)<\/command-name>/;
const SKILL_RUNNING = /^<command-message>The "[^"\n]+" skill is /;
const SKILL_FOLDER = /^Base directory for this skill: ([^\n]+)/;

/** Splits a text of a user message: reminders, commands, the bodies of skills, and what the person typed. */
export function segmentUserText(text: string, turn: Turn, context: SegmentContext): Span[] {
  const reminders = splitReminders(text, context);
  if (reminders !== null) return reminders;
  const { spans, end } = splitLeading(text, context);
  const rest = text.slice(end);
  if (rest === '' && spans.length > 0) return spans;
  if (rest.startsWith('<task-notification>')) return splitText(text, 'bare', owner('user', 'text'), context);
  const [own] = wholeSpan(rest, ownerOf(rest, turn, context));
  return own === undefined ? spans : [...spans, { ...own, start: end, end: text.length }];
}

function ownerOf(text: string, turn: Turn, context: SegmentContext): Owner {
  for (const { marker, source, part, when } of BLOCK_RULES) {
    if (when === 'first' && !turn.first) continue;
    if (when === 'after-result' && !turn.results) continue;
    if (!marker.test(text)) continue;
    const command = turn.command?.name ?? 'unknown';
    if (source.includes('$command') && turn.command !== null) turn.command.expands = false;
    return owner(
      source.replace('$command', () => command),
      part,
    );
  }
  return commandOf(text, turn) ?? bodyOf(text, turn) ?? ownText(context, owner('user', 'text'));
}

/** The lines that name a slash command. Those of a command with a body open with its message, local ones with its name. */
function commandOf(text: string, turn: Turn): Owner | null {
  const kind = COMMAND.exec(text)?.[1];
  const name = COMMAND_NAME.exec(text)?.[1];
  if (kind === undefined || name === undefined) return null;
  // Skills announce themselves in the same way; the tool's call has named them before (2.0.30).
  if (turn.skills.includes(name) || SKILL_RUNNING.test(text)) return owner(`skill:${name}`, 'call');
  turn.command = { name, expands: kind === 'message' };
  return owner(`command:${name}`, 'call');
}

/** What follows a launched skill or a command is its body. Without one, the same words were typed. */
function bodyOf(text: string, turn: Turn): Owner | null {
  const folder = SKILL_FOLDER.exec(text)?.[1]
    ?.trim()
    .split(/[\\/]/)
    .findLast((name) => name !== '');
  const named = turn.skills.findIndex((skill) => folder !== undefined && skill.split(/[:/]/).at(-1) === folder);
  const [skill] = turn.skills.splice(Math.max(named, 0), 1);
  if (skill !== undefined) return owner(`skill:${skill}`, 'body');
  if (turn.command === null || !turn.command.expands) return null;
  turn.command.expands = false;
  return owner(`${folder === undefined ? 'command' : 'skill'}:${turn.command.name}`, 'body');
}
