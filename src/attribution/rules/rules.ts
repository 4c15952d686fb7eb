import type { Part } from '../../model/segment.js';
import type { Source } from '../../model/source.js';
import type { Budget } from '../budget.js';

/**
 * Where the harness writes text of its own:
 * system: the system prompt; definition: a tool's description (2.0.30 lists agents, skills and commands there);
 * reminder: inside a `<system-reminder>` that a user text starts with;
 * tail: inside one that ends a tool_result; file-tail: the same, where the request shows that other reminders stand elsewhere;
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

/** What a rule may ask about the request around the text. */
export interface RuleContext {
  /** How long all of it may take. */
  readonly budget: Budget;
  /** A server as tool names write it, when tools of this session belong to it; else null. */
  knownServer(name: string): string | null;
  toolSource(toolName: string): Source;
  /** The source of a tool call by its `tool_use` id. */
  callSource(toolUseId: string): Source | null;
  wasCalled(toolName: string): boolean;
  /** Whether a nested memory file comes with a file that a tool call named: it lies above it. */
  worksUnder(memoryPath: string): boolean;
  /** Whether memory may stand there: on the way to a working directory or below it, a user's, or one that is imported. */
  mayBeMemory(memoryPath: string): boolean;
  /** Whether a path is that of a memory file: by its name, or as one that the request holds. */
  isMemory(path: string): boolean;
  /** The tool that was called with this file; null when none was. */
  fileSource(path: string): Source | null;
  /** The agent that has this id or name, by the result of the call that started it; null when nothing says so. */
  agentSource(idOrName: string): Source | null;
  /** The agent whose own request this is; null on the main thread. */
  readonly agentName: string | null;
  /** The folder of the agent's memory, as its system prompt names it; null when it has none. */
  agentMemory(): string | null;
  /** The server of the next resource that the person mentioned as `@server:uri` in the last message; null for none. */
  mentionedServer(): Source | null;
  /** The assistant has spoken before this. */
  readonly answered: boolean;
  /** The request is a subagent's own. */
  readonly inAgent: boolean;
  /** Among the reminders behind this result is a message: what the person typed meanwhile, or a notification. */
  readonly messageArrived: boolean;
  /** Between a compaction's summary and what was typed next. */
  readonly restoring: boolean;
  /** Whether an attached file is one that a tool had read before a compaction: none that somebody mentioned since. */
  isRestored(file: string | null): boolean;
}

/**
 * How far a section goes before the next marker that counts. What follows it is nobody's until another marker opens: it never
 * falls to its neighbour.
 *
 * paragraph: to the next blank line;
 * listing: the same, and it is the frame of entries;
 * entry: a line of a listing, and those behind it that open nothing; to the next blank line;
 * list-entry: an entry whose text may hold lists behind a blank line, as its listing has no blank lines between entries;
 * document: to the last paragraph before the next marker that begins as no plain prose does (heading, list, quote, table,
 * fence, tag, what is indented); from a heading on all is the document's. Of an entry also to the next entry of its kind;
 * open: to the next marker;
 * until: to the end of a phrase that ends it, at the start of a line; without that phrase a paragraph.
 *
 * In tags (reminder, tail) a section that is no listing goes to the closing tag: a tag holds one thing.
 */
export type Extent =
  | 'paragraph'
  | 'listing'
  | 'entry'
  | 'list-entry'
  | { reach: 'document' | 'open'; because: string }
  | { reach: 'until'; phrase: string; included: boolean };

/**
 * One marker. It is tried at line starts and opens a section.
 * In tagged text (reminder, tail) only the first section is opened freely, so that what it quotes is not taken for more.
 */
export interface TextRule {
  id: string;
  /** Sticky (`y`). It looks at its own line and few behind it, in time linear in their length. */
  marker: RegExp;
  places: readonly Place[];
  /** Also counts inside sections of these rules, at any line. */
  within?: readonly string[];
  /** Opens a section at any line, not only where a paragraph begins. */
  anyLine?: boolean;
  /** The marker's own words are the harness's; what follows them is the section. */
  heading?: boolean;
  /** Counts nowhere else: lines of a listing. */
  onlyWithin?: boolean;
  /** An entry that counts again behind other paragraphs of its listing: nothing else looks like it. */
  resumes?: boolean;
  /** Left out: what the text belongs to without rules. Null: the marker does not count here after all. */
  source?: (match: RegExpExecArray, context: RuleContext, place: Place) => Source | null;
  part: Part;
  detail?: (match: RegExpExecArray) => string | null;
  /** Default: `paragraph`. */
  extent?: Extent;
  /** Claude Code versions it was seen in. */
  seen: string;
}
