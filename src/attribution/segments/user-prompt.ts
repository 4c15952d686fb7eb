import type { Source } from '../../model/source.js';
import type { Place, RuleContext } from '../rules/rules.js';
import type { Conversation } from './conversation.js';
import { type Cut, type Label, label } from './piece.js';
import { cutHarnessText, labelAt } from './split-text.js';
import { serverSource } from './tool-source.js';

const SKILL_BODY = /^Base directory for this skill: ([^\n]+)/;
/** As the harness writes them, one behind the other: a name alone could be a person's. */
const COMMAND_TAGS = /^<command-(?:name|message)>[^<]*<\/command-(?:name|message)>\s*<command-/;
const COMMAND_NAME = /<command-name>\s*\/?([^<\n]+?)\s*<\/command-name>/;
const ALL_COMMAND_TAGS = /^(?:\s*<command-(name|message|args)>[\s\S]*?<\/command-\1>)+\s*/;
/** 2.0.30 announces a skill with the tags of a command; 2.1.1 one that was typed, too. */
const SKILL_RUNNING = /^<command-message>The "[^"\n]+" skill is /;
/** In 2.1.100 the listing opens the conversation, in tags of its own. */
const DEFERRED_TOOLS = /^<available-deferred-tools>\n[^<]*<\/available-deferred-tools>\s*$/;
const LOCAL_OUTPUT = /^<local-command-std(?:out|err)>/;
/** 2.0.30 names the prompt of an MCP server like this, newer versions like a tool. */
const MCP_PROMPT = /^([^\n]+?):[^\n]* \(MCP\)$/;
const TYPED = label('user', 'text');

export interface MessagePlace {
  /** Before the assistant has spoken. */
  opening: boolean;
  /** The last one. */
  last: boolean;
}

/** Tells what a user text is behind its reminders. It remembers what the texts before it announced. */
export interface PromptReader {
  /** `texts`: those of the message that hold more than reminders, in order. */
  startMessage(texts: readonly string[], place: MessagePlace, hasResults: boolean): void;
  /** A call succeeded; when it launched a skill or a command, its body follows. */
  expectBody(source: Source): void;
  /** Cuts of `text` from `start`, which is before its end. `context`: the conversation as it stands here. */
  cut(text: string, start: number, context: RuleContext): Cut[];
}

export function createPromptReader(conversation: Conversation): PromptReader {
  let places: readonly Place[] = ['prompt'];
  let isOpening = false;
  let texts: readonly string[] = [];
  /** Of `texts`, those that have come. */
  let read = 0;
  /** Launched by a tool, their bodies still to come. */
  let launched: Source[] = [];
  /** A slash command whose body, or local output, is still to come. */
  let command: Source | null = null;
  let task = conversation.thread.agent?.prompt ?? null;

  const cutCommand = (prompt: string, start: number): Cut[] => {
    const name = COMMAND_NAME.exec(prompt)?.[1] ?? 'unknown';
    if (SKILL_RUNNING.test(prompt)) {
      const skill = launchedAs(name, launched);
      if (launched.length === 0) command = skill;
      return [{ start, label: label(skill, 'call') }];
    }
    const source = SKILL_BODY.test(texts[read] ?? '') ? `skill:${name}` : commandSource(name, conversation);
    const bodyStart = start + (ALL_COMMAND_TAGS.exec(prompt)?.[0].length ?? prompt.length);
    const call = { start, label: label(source, 'call') };
    command = bodyStart < start + prompt.length ? null : source;
    return command === null ? [call, { start: bodyStart, label: label(source, 'body') }] : [call];
  };

  /** The folder's name tells the skill, unless a launched one is known to live there. */
  const takeSkill = (directory: string): Source => {
    const source = command?.startsWith('skill:') === true ? command : launchedAs(lastName(directory), launched);
    launched = launched.filter((expected) => expected !== source);
    command = null;
    return source;
  };

  const known = (text: string, start: number, context: RuleContext): Label | null => {
    for (const place of places) {
      const found = labelAt(text, start, place, context);
      if (found !== null) return found;
    }
    return null;
  };

  return {
    startMessage(ofMessage, { opening, last }, hasResults) {
      texts = ofMessage;
      read = 0;
      if (hasResults) launched = [];
      isOpening = opening;
      places = ['prompt', ...(opening ? ['opening' as const] : []), ...(last ? ['closing' as const] : [])];
    },

    expectBody(source) {
      if (source.startsWith('skill:') || source.startsWith('command:')) launched.push(source);
    },

    cut(text, start, context) {
      read += 1;
      const prompt = text.slice(start);
      const directory = SKILL_BODY.exec(prompt)?.[1];
      if (directory !== undefined && (launched.length > 0 || command !== null)) {
        return [{ start, label: label(takeSkill(directory), 'body') }];
      }
      if (COMMAND_TAGS.test(prompt)) return cutCommand(prompt, start);
      if (task !== null && conversation.thread.agent !== null && prompt.trim() === task.trim()) {
        task = null;
        return [{ start, label: label(`agent:${conversation.thread.agent.name}`, 'prompt') }];
      }
      if (conversation.sideCall && labelAt(text, start, 'side', conversation) !== null) {
        return cutHarnessText(
          { text: prompt, offset: start, start: 0, end: prompt.length, place: 'side', base: TYPED },
          conversation,
        );
      }
      if (isOpening && DEFERRED_TOOLS.test(prompt)) {
        return cutHarnessText(
          { text: prompt, offset: start, start: 0, end: prompt.length, place: 'reminder', base: TYPED },
          context,
        );
      }
      const found = known(text, start, context);
      if (found !== null) return [{ start, label: found }];
      const owner = command ?? launched.shift() ?? null;
      command = null;
      if (LOCAL_OUTPUT.test(prompt)) return [{ start, label: label(owner ?? 'framework:reminder', 'result') }];
      return [{ start, label: owner === null ? TYPED : label(owner, 'body') }];
    },
  };
}

/** The prompt of an MCP server is a slash command, too. */
function commandSource(name: string, { toolSource }: Conversation): Source {
  const server = MCP_PROMPT.exec(name)?.[1];
  if (server !== undefined) return serverSource(server);
  const source = toolSource(name);
  return source.startsWith('mcp:') ? source : `command:${name}`;
}

/** What was launched under a name; of two launched at once the one that ends in it; else the first. */
function launchedAs(name: string, launched: readonly Source[]): Source {
  const named = launched.find((source) => source === `skill:${name}` || source.endsWith(`:${name}`));
  return named ?? launched[0] ?? `skill:${name}`;
}

function lastName(directory: string): string {
  const names = directory.trim().split(/[\\/]/);
  return names.findLast((name) => name !== '') ?? directory;
}
