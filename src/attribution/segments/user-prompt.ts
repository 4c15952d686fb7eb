import type { Source } from '../../model/source.js';
import type { Place, RuleContext } from '../rules/rule.js';
import { readCommandTags } from './command-tags.js';
import type { Conversation } from './conversation.js';
import { type Cut, type Label, label, UNMATCHED } from './piece.js';
import { afterBlanks } from './reminder-tags.js';
import { labelAt } from './rule-match.js';
import { cutHarnessText } from './split-text.js';
import { skillFolder, withoutLead } from './task-form.js';
import { createTranscriptReader } from './transcript.js';

/** 2.0.30 announces a skill with the tags of a command; 2.1.1 one that was typed, too. */
const SKILL_RUNNING = /^<command-message>The "[^"\n]+" skill is /;
/** In 2.1.100 the listing opens the conversation, in tags of its own. */
const DEFERRED_TOOLS = /^<available-deferred-tools>\n[^<]*<\/available-deferred-tools>\s*$/;
const LOCAL_OUTPUT = /^<local-command-std(?:out|err)>/;
/** A skill that was typed and ran in an agent of its own: the line as it was typed. */
const TYPED_SKILL = /^\/([\w:.-]{1,200})(?:[ \n]|$)/;
const PEER_TAG = /^<(?:agent-message|teammate-message) (?:[^>\n]{1,200} )?(?:from|teammate_id)="([^"\n]*)"/;
const QUEUED = /^The user sent a new message while you were working:\n/;
const WORKFLOW = /^\[Workflow harness — [a-z ]{1,40}\]/;
/** What it quotes is indented. */
const WORKFLOW_PARTS = /^\[Workflow harness — ([a-z ]{1,40})\]/gm;
/** Longest line that introduces a message. */
const INTRODUCTION = 300;
const TYPED = label('user', 'text');
const WORKFLOW_TASK = label('tool:Workflow', 'prompt');
/** What the check of a call is asked, whatever the words. */
const ASKED = label('framework:system', 'prompt');
const UNKNOWN = label('unknown', 'text');

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
  /** Texts of the conversation so far that were no reminders. */
  let said = 0;
  /** Launched by a tool, their bodies still to come. */
  let launched: Source[] = [];
  /** A slash command whose body, or local output, is still to come. */
  let command: Source | null = null;
  let task = conversation.thread.agent?.prompt ?? null;
  const { agent } = conversation.thread;
  const cutTranscript = conversation.isMonitor ? createTranscriptReader(conversation) : () => null;

  const cutCommand = (prompt: string, start: number): Cut[] | null => {
    const tags = readCommandTags(prompt);
    if (tags === null) return null;
    if (SKILL_RUNNING.test(prompt)) {
      const skill = launchedAs(tags.name, launched);
      if (launched.length === 0) command = skill;
      return [{ start, label: label(skill, 'call') }];
    }
    const isSkill = tags.isSkill || skillFolder(texts[read] ?? '') !== null;
    const source = isSkill ? `skill:${tags.name}` : conversation.commandSource(tags.name);
    const call = { start, label: label(source, 'call') };
    command = tags.end < prompt.length ? null : source;
    return command === null ? [call, { start: start + tags.end, label: label(source, 'body') }] : [call];
  };

  /** The folder's name tells the skill, unless a launched one is known to live there. */
  const takeSkill = (folder: string): Source => {
    const source = command?.startsWith('skill:') === true ? command : launchedAs(folder, launched);
    launched = launched.filter((expected) => expected !== source);
    command = null;
    return source;
  };

  /** The skill whose body it is: one that was launched, typed, or forked into this conversation of its own. */
  const cutSkillBody = (prompt: string, start: number): Cut[] | null => {
    const folder = skillFolder(prompt);
    if (folder === null) return null;
    if (launched.length > 0 || command !== null) return [{ start, label: label(takeSkill(folder), 'body') }];
    if (!conversation.isSubagent || !isOpening || said > 1) return null;
    return [{ start, label: label(agent?.source ?? `skill:${folder}`, 'body') }];
  };

  const cutTask = (prompt: string, start: number): Cut[] | null => {
    if (agent === null) return null;
    const asked = withoutLead(prompt);
    // What a team's lead says later on is a task, too.
    if (asked !== task?.trim() && asked === prompt.trim()) return null;
    if (asked === task?.trim()) task = null;
    return [{ start, label: label(agent.source ?? `agent:${agent.name}`, 'prompt') }];
  };

  /** The parts of what a workflow asks of its agent, in one text or in two; a person types neither of them twice. */
  const cutWorkflow = (prompt: string, start: number): Cut[] | null => {
    const parts = [...prompt.matchAll(WORKFLOW_PARTS)];
    const [first] = parts[0]?.index === 0 ? parts : [];
    // In 2.1.197 the task stands bare.
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

  const cutPeer = (text: string, prompt: string, start: number, context: RuleContext): Cut[] | null => {
    const bare = prompt.trimEnd().endsWith('</teammate-message>') ? PEER_TAG.exec(prompt)?.[1] : undefined;
    const id = peerOf(prompt) ?? bare;
    const isBelieved = bare === undefined && (conversation.isSubagent || endsAsPeer(prompt, context));
    const isKnown = id !== undefined && (context.agentSource(id) !== null || isBelieved);
    return isKnown || QUEUED.test(prompt) ? cutAt('peer', UNMATCHED, text, start, context) : null;
  };

  const cutSide = (text: string, start: number): Cut[] | null => {
    if (!conversation.sideCall) return null;
    const quotes = cutTranscript(text, start);
    if (quotes !== null) return quotes;
    if (labelAt(text, afterBlanks(text, start), 'side', conversation) !== null) {
      return cutAt('side', UNKNOWN, text, start, conversation);
    }
    return conversation.isMonitor ? [{ start, label: ASKED }] : null;
  };

  const cutTypedSkill = (prompt: string, start: number): Cut[] | null => {
    const [, name] = TYPED_SKILL.exec(prompt) ?? [];
    if (name === undefined || !LOCAL_OUTPUT.test(texts[read] ?? '')) return null;
    command = conversation.commandSource(name);
    return [{ start, label: label(command, 'call') }];
  };

  const cutKnown = (text: string, start: number, context: RuleContext): Cut[] | null => {
    for (const place of places) {
      const found = labelAt(text, start, place, context);
      if (found === null) continue;
      // Several that came meanwhile may be one text.
      return text.startsWith('<task-notification>', start)
        ? cutAt(place, found, text, start, context)
        : [{ start, label: found }];
    }
    return null;
  };

  /** What nothing else explains: the body or the output of what came before, or what a person typed. */
  const cutRest = (prompt: string, start: number): Cut[] => {
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
      said += 1;
      const prompt = text.slice(start);
      return (
        cutSkillBody(prompt, start) ??
        cutCommand(prompt, start) ??
        cutTask(prompt, start) ??
        cutSide(text, start) ??
        (isOpening && DEFERRED_TOOLS.test(prompt) ? cutAt('reminder', TYPED, text, start, context) : null) ??
        cutWorkflow(prompt, start) ??
        cutPeer(text, prompt, start, context) ??
        cutTypedSkill(prompt, start) ??
        cutKnown(text, start, context) ??
        cutRest(prompt, start)
      );
    },
  };
}

function cutAt(place: Place, base: Label, text: string, start: number, context: RuleContext): Cut[] {
  const prompt = text.slice(start);
  return cutHarnessText({ text: prompt, offset: start, start: 0, end: prompt.length, place, base }, context);
}

/** What was launched under a name; of two launched at once the one that ends in it; else the first. */
function launchedAs(name: string, launched: readonly Source[]): Source {
  const named = launched.find((source) => source === `skill:${name}` || source.endsWith(`:${name}`));
  return named ?? launched[0] ?? `skill:${name}`;
}

/** Whether what the harness says of a peer's message follows it: an agent that a compaction has forgotten is still no person. */
function endsAsPeer(prompt: string, context: RuleContext): boolean {
  const close = /\n<\/(?:agent|teammate)-message>\n/.exec(prompt);
  return (
    close !== null && labelAt(prompt, afterBlanks(prompt, close.index + close[0].length), 'peer', context) !== null
  );
}

/** Who speaks in another session's message: only with the tag that says so behind the line that introduces it. */
function peerOf(prompt: string): string | undefined {
  const line = prompt.indexOf('\n');
  if (!/ sent a (?:message|report)\b/.test(prompt.slice(0, Math.max(0, Math.min(line, INTRODUCTION)))))
    return undefined;
  return PEER_TAG.exec(prompt.slice(line + 1, line + 1 + INTRODUCTION))?.[1];
}
