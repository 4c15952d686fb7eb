import type { Conversation } from './conversation.js';
import { type Cut, label } from './piece.js';
import { labelAt } from './split-text.js';

const SKILL_BODY = /^Base directory for this skill: ([^\n]+)/;
/** As the harness writes them, one behind the other: a name alone could be a person's. */
const COMMAND_TAGS = /^<command-(?:name|message)>[^<]*<\/command-(?:name|message)>\s*<command-/;
const COMMAND_NAME = /<command-name>\s*\/?([^<\s]+)\s*<\/command-name>/;
const ALL_COMMAND_TAGS = /^(?:\s*<command-(name|message|args)>[\s\S]*?<\/command-\1>)+\s*/;
/** 2.0.30 announces a skill with the tags of a command. */
const SKILL_RUNNING = /^<command-message>The "[^"\n]+" skill is /;
const LOCAL_OUTPUT = /^<local-command-std(?:out|err)>/;

/** Tells what a user text is behind its reminders. It remembers what the texts before it announced. */
export interface PromptReader {
  /** A Skill call succeeded: its body follows. */
  expectSkill(source: string): void;
  forgetSkills(): void;
  /** Cuts of `text` from `start`, which is before its end. */
  cut(text: string, start: number): Cut[];
}

export function createPromptReader(conversation: Conversation): PromptReader {
  let skills: string[] = [];
  /** A slash command whose body, or local output, is still to come. */
  let command: string | null = null;
  let task = conversation.thread.agent?.prompt ?? null;

  const cutCommand = (prompt: string, start: number): Cut[] => {
    const name = COMMAND_NAME.exec(prompt)?.[1] ?? 'unknown';
    if (SKILL_RUNNING.test(prompt)) return [{ start, label: label(skillOf(name, skills), 'call') }];
    const call = { start, label: label(`command:${name}`, 'call') };
    const bodyStart = start + (ALL_COMMAND_TAGS.exec(prompt)?.[0].length ?? prompt.length);
    command = bodyStart < start + prompt.length ? null : name;
    return command === null ? [call, { start: bodyStart, label: label(`command:${name}`, 'body') }] : [call];
  };

  /** The folder's name tells the skill, unless a launched one is known to live there. */
  const takeSkill = (directory: string): string => {
    const folder =
      directory
        .trim()
        .split(/[\\/]/)
        .findLast((name) => name !== '') ?? directory;
    const source = skillOf(folder, skills);
    skills = skills.filter((expected) => expected !== source);
    command = null;
    return source;
  };

  return {
    expectSkill: (source) => skills.push(source),
    forgetSkills: () => {
      skills = [];
    },
    cut(text, start) {
      const prompt = text.slice(start);
      const directory = SKILL_BODY.exec(prompt)?.[1];
      if (directory !== undefined && (skills.length > 0 || command !== null)) {
        return [{ start, label: label(takeSkill(directory), 'body') }];
      }
      if (COMMAND_TAGS.test(prompt)) return cutCommand(prompt, start);
      if (task !== null && conversation.thread.agent !== null && prompt.trim() === task.trim()) {
        task = null;
        return [{ start, label: label(`agent:${conversation.thread.agent.name}`, 'prompt') }];
      }
      const known = labelAt(text, start, 'prompt', conversation);
      if (known !== null) return [{ start, label: known }];
      const owner = command === null ? null : `command:${command}`;
      command = null;
      if (LOCAL_OUTPUT.test(prompt)) return [{ start, label: label(owner ?? 'framework:reminder', 'result') }];
      return [{ start, label: owner === null ? label('user', 'text') : label(owner, 'body') }];
    },
  };
}

/** The launched skill of a name; of two launched at once the one that ends in it; else the only one there is. */
function skillOf(name: string, launched: readonly string[]): string {
  const named = launched.find((source) => source === `skill:${name}` || source.endsWith(`:${name}`));
  return named ?? (launched.length === 1 ? launched[0] : undefined) ?? `skill:${name}`;
}
