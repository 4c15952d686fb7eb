import { afterBlanks } from './reminder-tags.js';

/** The tags of a slash command or a skill that was typed, launched or preloaded. */
export interface CommandTags {
  /** Without the slash; `unknown` when no tag names it. */
  name: string;
  /** Arguments typed after the name; may be empty. */
  args: string;
  /** A preloaded skill, as 2.1.197 and later write it. */
  isSkill: boolean;
  /** Where the tags and the blanks behind them end. */
  end: number;
}

const NAME = 'command-name';
const MESSAGE = 'command-message';
const SKILL = 'skill-format';
const ARGS = 'command-args';
const TAGS = [NAME, MESSAGE, ARGS, SKILL];

/** The tags at the start of a text; null unless there are two or more, with a name or a message: a user could type one. */
export function readCommandTags(text: string): CommandTags | null {
  const values = new Map<string, string>();
  let end = 0;
  for (;;) {
    const tag = TAGS.find((name) => text.startsWith(`<${name}>`, end));
    const close = tag === undefined ? -1 : text.indexOf(`</${tag}>`, end);
    if (tag === undefined || close === -1) break;
    values.set(tag, text.slice(end + tag.length + 2, close));
    end = afterBlanks(text, close + tag.length + 3);
  }
  if (values.size < 2 || !(values.has(NAME) || values.has(MESSAGE))) return null;
  const [name = ''] = (values.get(NAME) ?? '').trim().split('\n', 1);
  const args = (values.get(ARGS) ?? '').trim();
  return { name: name.replace(/^\//, '') || 'unknown', args, isSkill: values.has(SKILL), end };
}
