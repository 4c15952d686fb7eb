import type { Part } from '../../model/segment.js';
import type { Source } from '../../model/source.js';
import type { Budget } from '../budget.js';

/**
 * Where the harness writes text of its own:
 * system: the system prompt; definition: a tool's description (2.0.30 lists agents, skills and commands there);
 * reminder: inside a `<system-reminder>` at the start of a user text;
 * tail: inside one at the end of a tool_result; file-tail: the same, where the request shows that other reminders are elsewhere;
 * failure: the start of a failed tool_result; message: a `role: system` message in mid-conversation;
 * prompt: the start of a user text; opening, closing: of one before the assistant has spoken, of one in the last message;
 * side: a user text in a request without tools; peer: one that opens with another session's message.
 */
export type Place =
  | 'system'
  | 'definition'
  | 'reminder'
  | 'tail'
  | 'file-tail'
  | 'failure'
  | 'message'
  | 'prompt'
  | 'opening'
  | 'closing'
  | 'side'
  | 'peer';

export const HARNESS: readonly Place[] = ['reminder', 'message'];
export const HARNESS_AND_SYSTEM: readonly Place[] = ['system', ...HARNESS];
export const HARNESS_AND_TAIL: readonly Place[] = [...HARNESS, 'tail'];
export const HARNESS_AND_ALL_TAILS: readonly Place[] = [...HARNESS_AND_TAIL, 'file-tail'];

/** Claude Code versions in which most rows were seen. */
export const ALL = '2.0.30 - 2.1.332';
export const NEW = '2.1.197 - 2.1.332';
export const NEWEST = '2.1.332';

/** What a rule may ask about the request around the text. */
export interface RuleContext {
  /** Time for the whole attribution. */
  readonly budget: Budget;
  /** A server as tool names spell it, when tools of this session belong to it; else null. */
  knownServer(name: string): string | null;
  toolSource(toolName: string): Source;
  /** The source of a tool call by its `tool_use` id. */
  callSource(toolUseId: string): Source | null;
  wasCalled(toolName: string): boolean;
  /** Whether a nested memory file comes with a file that a tool call named: it is in a folder above that file. */
  worksUnder(memoryPath: string): boolean;
  /** Whether a memory file may have this path: above or below a working directory, the user's own, or imported. */
  mayBeMemory(memoryPath: string): boolean;
  /** Whether a path is that of a memory file: by its name, or because the request holds its contents as memory. */
  isMemory(path: string): boolean;
  /** The tool that was called with this file, or null. */
  fileSource(path: string): Source | null;
  /** The agent with this id or name, from the result of the call that started it; null when it is not known. */
  agentSource(idOrName: string): Source | null;
  /** The agent that sent this request; null on the main thread. */
  readonly agentName: string | null;
  /** The folder of the agent's memory, as its system prompt names it, or null. */
  agentMemory(): string | null;
  /** The server of the next resource that the user mentioned as `@server:uri` in the last message; null for none. */
  mentionedServer(): Source | null;
  /** The assistant has spoken before this. */
  readonly answered: boolean;
  /** The request is a subagent's own. */
  readonly inAgent: boolean;
  /** The reminders behind this result include a message: what the user typed in the meantime, or a notification. */
  readonly messageArrived: boolean;
  /** Between a compaction's summary and the next prompt. */
  readonly restoring: boolean;
  /** Whether an attached file is one that a tool had read before a compaction, not one that was mentioned since. */
  isRestored(file: string | null): boolean;
}

/**
 * How far a section reaches before the next marker that counts. The text behind it is unmatched until another marker: it
 * never falls to its neighbour.
 *
 * paragraph: to the next blank line;
 * listing: the same, and it is the frame of entries;
 * entry: a line of a listing and the unmarked lines behind it, to the next blank line;
 * list-entry: an entry whose text may hold lists behind a blank line, as its listing has no blank lines between entries;
 * document: to the last paragraph before the next marker that begins unlike plain prose (heading, list, quote, table,
 * fence, tag, indentation); everything from a heading on belongs to the document. An entry also ends at the next one of its kind;
 * open: to the next marker;
 * a phrase: to the phrase that ends it; without that phrase a paragraph.
 *
 * In tags (reminder, tail) a section that is not a listing reaches to the closing tag: a tag holds one thing.
 */
export type Reach = 'paragraph' | 'listing' | 'entry' | 'list-entry' | 'document' | 'open' | EndPhrase;

export interface EndPhrase {
  phrase: string;
  /** The rest of the phrase's line belongs to the section, too. */
  included: boolean;
}

export function through(phrase: string): EndPhrase {
  return { phrase, included: true };
}

export function upTo(phrase: string): EndPhrase {
  return { phrase, included: false };
}

/**
 * One marker. It is tried at line starts and opens a section.
 * In tagged text (reminder, tail) only the first section opens freely, so that quoted text opens no other.
 */
export interface TextRule extends RuleEffect {
  id: string;
  /** Sticky (`y`). It looks at its own line and few behind it, in time linear in their length. */
  marker: RegExp;
  places: readonly Place[];
  /** Claude Code versions it was seen in. */
  seen: string;
  /** Left out: the source of the text around it. Null: the marker does not count here after all. */
  source?: (match: RegExpExecArray, context: RuleContext, place: Place) => Source | null;
}

interface RuleEffect {
  /** Also counts inside sections of these rules, at any line. */
  within?: readonly string[];
  /** Counts only inside sections of these rules, at any line. */
  onlyWithin?: readonly string[];
  /** Opens a section at any line, not only where a paragraph begins. */
  anyLine?: boolean;
  /** The marker itself is the harness's; the section begins behind it. */
  heading?: boolean;
  /** An entry that counts again behind other paragraphs of its listing: nothing else looks like it. */
  resumes?: boolean;
  part: Part;
  detail?: (match: RegExpExecArray) => string | null;
  reach: Reach;
}

export interface RuleOptions extends Omit<RuleEffect, 'reach'> {
  source?: Source | TextRule['source'];
  /** Default: `paragraph`. */
  reach?: Reach;
}

/** A row of the tables of this folder. A comment says why a row needs the reach `document` or `open`. */
export function rule(
  id: string,
  marker: RegExp,
  places: readonly Place[],
  seen: string,
  { source, reach = 'paragraph', ...effect }: RuleOptions,
): TextRule {
  const sourceOf = typeof source === 'string' ? () => source : source;
  return { id, marker, places, seen, reach, ...effect, ...(sourceOf === undefined ? {} : { source: sourceOf }) };
}

export const REMINDER = { source: 'framework:reminder', part: 'reminder' } as const;
export const ENVIRONMENT = { source: 'framework:environment', part: 'text' } as const;
export const TOOL_LISTING = { source: 'framework:tool-listing', part: 'listing' } as const;
export const SKILL_LISTING = { source: 'framework:skill-listing', part: 'listing' } as const;
export const AGENT_LISTING = { source: 'framework:agent-listing', part: 'listing' } as const;
export const SIDE_PROMPT = { source: 'framework:system', part: 'prompt' } as const;
