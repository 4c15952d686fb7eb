import type { Source } from '../../model/source.js';
import type { Place, RuleContext } from '../rules/rule.js';
import { readCommandTags } from './command-tags.js';
import type { Conversation } from './conversation.js';
import { type Boundary, type Label, label, UNMATCHED } from './piece.js';
import { afterBlanks } from './reminder-tags.js';
import { labelAt } from './rule-match.js';
import { splitHarnessText } from './split-text.js';
import { skillFolder, withoutLead } from './task-text.js';
import { createTranscriptReader } from './transcript.js';

/** 2.0.30 announces a skill with the tags of a command; 2.1.1 announces typed skills like that, too. */
const SKILL_RUNNING = /^<command-message>The "[^"\n]+" skill is /;
/** In 2.1.100 the listing opens the conversation, in tags of its own. */
const DEFERRED_TOOLS = /^<available-deferred-tools>\n[^<]*<\/available-deferred-tools>\s*$/;
const LOCAL_OUTPUT = /^<local-command-std(?:out|err)>/;
/** The line of a typed skill that ran in an agent of its own. */
const TYPED_SKILL = /^\/([\w:.-]{1,200})(?:[ \n]|$)/;
const PEER_TAG = /^<(?:agent-message|teammate-message) (?:[^>\n]{1,200} )?(?:from|teammate_id)="([^"\n]*)"/;
const QUEUED = /^The user sent a new message while you were working:\n/;
const WORKFLOW = /^\[Workflow harness — [a-z ]{1,40}\]/;
/** Quoted texts are indented. */
const WORKFLOW_PARTS = /^\[Workflow harness — ([a-z ]{1,40})\]/gm;
/** Length of the longest line that introduces a message. */
const INTRODUCTION = 300;
const TYPED = label('user', 'text');
const WORKFLOW_TASK = label('tool:Workflow', 'prompt');
/** The question of a check of auto mode, whatever the words. */
const CHECK_PROMPT = label('framework:system', 'prompt');
const UNKNOWN = label('unknown', 'text');

export interface MessagePlace {
  /** Before the assistant has spoken. */
  opening: boolean;
  /** The last one. */
  last: boolean;
}

/** Labels user texts behind their reminders. It remembers what earlier texts announced. */
export interface PromptReader {
  /** @param texts those of the message that are not reminders, in order */
  startMessage(texts: readonly string[], place: MessagePlace, hasResults: boolean): void;
  /** After a call that succeeded. When it launched a skill or a command, its body follows. */
  expectBody(source: Source): void;
  /** Boundaries of `text` from `start`, which is before its end. @param context the conversation up to here */
  read(text: string, start: number, context: RuleContext): Boundary[];
}

export function createPromptReader(conversation: Conversation): PromptReader {
  let places: readonly Place[] = ['prompt'];
  let isOpening = false;
  let texts: readonly string[] = [];
  /** Index in `texts` of the next one. */
  let nextText = 0;
  /** Number of texts so far that were not reminders. */
  let textCount = 0;
  /** Skills and commands that tools launched and whose bodies are still to come. */
  let launched: Source[] = [];
  /** A slash command whose body, or local output, is still to come. */
  let command: Source | null = null;
  let task = conversation.thread.agent?.prompt ?? null;
  const { agent } = conversation.thread;
  const readTranscript = conversation.isMonitor ? createTranscriptReader(conversation) : () => null;

  const readCommand = (prompt: string, start: number): Boundary[] | null => {
    const tags = readCommandTags(prompt);
    if (tags === null) return null;
    if (SKILL_RUNNING.test(prompt)) {
      const skill = launchedAs(tags.name, launched);
      if (launched.length === 0) command = skill;
      return [{ start, label: label(skill, 'call') }];
    }
    const isSkill = tags.isSkill || skillFolder(texts[nextText] ?? '') !== null;
    const source = isSkill ? `skill:${tags.name}` : conversation.commandSource(tags.name);
    const call = { start, label: label(source, 'call') };
    command = tags.end < prompt.length ? null : source;
    return command === null ? [call, { start: start + tags.end, label: label(source, 'body') }] : [call];
  };

  /** The skill of a folder: a typed or launched one, else it has the folder's name. */
  const takeSkill = (folder: string): Source => {
    const source = command?.startsWith('skill:') === true ? command : launchedAs(folder, launched);
    launched = launched.filter((expected) => expected !== source);
    command = null;
    return source;
  };

  /** The body of a skill that was launched, typed, or forked into this conversation. */
  const readSkillBody = (prompt: string, start: number): Boundary[] | null => {
    const folder = skillFolder(prompt);
    if (folder === null) return null;
    if (launched.length > 0 || command !== null) return [{ start, label: label(takeSkill(folder), 'body') }];
    if (!conversation.isSubagent || !isOpening || textCount > 1) return null;
    return [{ start, label: label(agent?.source ?? `skill:${folder}`, 'body') }];
  };

  const readTask = (prompt: string, start: number): Boundary[] | null => {
    if (agent === null) return null;
    const asked = withoutLead(prompt);
    // Later messages of a team's lead are tasks, too.
    if (asked !== task?.trim() && asked === prompt.trim()) return null;
    if (asked === task?.trim()) task = null;
    return [{ start, label: label(agent.source ?? `agent:${agent.name}`, 'prompt') }];
  };

  /** A workflow's request to its agent, in one text or in two; a user would not type two such headings. */
  const readWorkflow = (prompt: string, start: number): Boundary[] | null => {
    const parts = [...prompt.matchAll(WORKFLOW_PARTS)];
    const [first] = parts[0]?.index === 0 ? parts : [];
    // In 2.1.197 the task has no heading.
    if (first === undefined) {
      return conversation.isWorkflow && isOpening ? [{ start, label: WORKFLOW_TASK }] : null;
    }
    if (!isOpening) return null;
    if (!conversation.isSubagent && parts.length < 2 && texts.filter((text) => WORKFLOW.test(text)).length < 2)
      return null;
    return parts.map(({ index, 1: part }) => ({
      start: start + index,
      label: part === 'user request' ? TYPED : WORKFLOW_TASK,
    }));
  };

  const readPeer = (text: string, prompt: string, start: number, context: RuleContext): Boundary[] | null => {
    const bare = prompt.trimEnd().endsWith('</teammate-message>') ? PEER_TAG.exec(prompt)?.[1] : undefined;
    const id = peerOf(prompt) ?? bare;
    const isTrusted = bare === undefined && (conversation.isSubagent || endsAsPeer(prompt, context));
    const isKnown = id !== undefined && (context.agentSource(id) !== null || isTrusted);
    return isKnown || QUEUED.test(prompt) ? splitAt('peer', UNMATCHED, text, start, context) : null;
  };

  const readSide = (text: string, start: number): Boundary[] | null => {
    if (!conversation.sideCall) return null;
    const quotes = readTranscript(text, start);
    if (quotes !== null) return quotes;
    if (labelAt(text, afterBlanks(text, start), 'side', conversation) !== null) {
      return splitAt('side', UNKNOWN, text, start, conversation);
    }
    return conversation.isMonitor ? [{ start, label: CHECK_PROMPT }] : null;
  };

  const readTypedSkill = (prompt: string, start: number): Boundary[] | null => {
    const [, name] = TYPED_SKILL.exec(prompt) ?? [];
    if (name === undefined || !LOCAL_OUTPUT.test(texts[nextText] ?? '')) return null;
    command = conversation.commandSource(name);
    return [{ start, label: label(command, 'call') }];
  };

  const readKnown = (text: string, start: number, context: RuleContext): Boundary[] | null => {
    for (const place of places) {
      const found = labelAt(text, start, place, context);
      if (found === null) continue;
      // Several notifications that arrived together may be one text.
      return text.startsWith('<task-notification>', start)
        ? splitAt(place, found, text, start, context)
        : [{ start, label: found }];
    }
    return null;
  };

  /** Any other text: the body or the output of what came before, else a typed prompt. */
  const readRest = (prompt: string, start: number): Boundary[] => {
    const owner = command ?? launched.shift() ?? null;
    command = null;
    if (LOCAL_OUTPUT.test(prompt)) return [{ start, label: label(owner ?? 'framework:reminder', 'result') }];
    if (owner !== null) return [{ start, label: label(owner, 'body') }];
    const scheduler = conversation.scheduledBy(prompt);
    return [{ start, label: scheduler === null ? TYPED : label(scheduler, 'prompt') }];
  };

  return {
    startMessage(ofMessage, { opening, last }, hasResults) {
      texts = ofMessage;
      nextText = 0;
      if (hasResults) launched = [];
      isOpening = opening;
      places = ['prompt', ...(opening ? ['opening' as const] : []), ...(last ? ['closing' as const] : [])];
    },

    expectBody(source) {
      if (source.startsWith('skill:') || source.startsWith('command:')) launched.push(source);
    },

    read(text, start, context) {
      nextText += 1;
      textCount += 1;
      const prompt = text.slice(start);
      return (
        readSkillBody(prompt, start) ??
        readCommand(prompt, start) ??
        readTask(prompt, start) ??
        readSide(text, start) ??
        (isOpening && DEFERRED_TOOLS.test(prompt) ? splitAt('reminder', TYPED, text, start, context) : null) ??
        readWorkflow(prompt, start) ??
        readPeer(text, prompt, start, context) ??
        readTypedSkill(prompt, start) ??
        readKnown(text, start, context) ??
        readRest(prompt, start)
      );
    },
  };
}

function splitAt(place: Place, base: Label, text: string, start: number, context: RuleContext): Boundary[] {
  const prompt = text.slice(start);
  return splitHarnessText({ text: prompt, offset: start, start: 0, end: prompt.length, place, base }, context);
}

/** The launched skill with this name, else the first launched one. */
function launchedAs(name: string, launched: readonly Source[]): Source {
  const named = launched.find((source) => source === `skill:${name}` || source.endsWith(`:${name}`));
  return named ?? launched[0] ?? `skill:${name}`;
}

/** Whether the harness's note about a peer's message follows: it shows the sender even if a compaction removed its start. */
function endsAsPeer(prompt: string, context: RuleContext): boolean {
  const close = /\n<\/(?:agent|teammate)-message>\n/.exec(prompt);
  return (
    close !== null && labelAt(prompt, afterBlanks(prompt, close.index + close[0].length), 'peer', context) !== null
  );
}

/** The sender of another session's message, from the tag behind the line that introduces it. */
function peerOf(prompt: string): string | undefined {
  const line = prompt.indexOf('\n');
  if (!/ sent a (?:message|report)\b/.test(prompt.slice(0, Math.max(0, Math.min(line, INTRODUCTION)))))
    return undefined;
  return PEER_TAG.exec(prompt.slice(line + 1, line + 1 + INTRODUCTION))?.[1];
}
