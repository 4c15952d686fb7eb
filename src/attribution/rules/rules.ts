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
 * side: the start of a user text in a request without tools.
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
  | 'side';

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
  /** The request is a subagent's own. */
  readonly inAgent: boolean;
  /** Between a compaction's summary and what was typed next: attached files are ones that a tool had read before. */
  readonly restoring: boolean;
}

/**
 * One marker. It is tried at line starts and opens a section, which lasts until the next marker that counts there.
 * In tagged text (reminder, tail) only the first section is opened freely, so that what it quotes is not taken for more.
 */
export interface TextRule {
  id: string;
  /** Sticky (`y`). */
  marker: RegExp;
  places: readonly Place[];
  /** Also counts inside sections of these rules, at any line. */
  within?: readonly string[];
  /** Opens a section at any line, not only where a paragraph begins. */
  anyLine?: boolean;
  /** Counts nowhere else: lines of a listing. */
  onlyWithin?: boolean;
  /** Left out: what the text belongs to without rules. Null: the marker does not count here after all. */
  source?: (match: RegExpExecArray, context: RuleContext, place: Place) => Source | null;
  part: Part;
  detail?: (match: RegExpExecArray) => string | null;
  /**
   * How far it goes before the next marker. entry: a blank line goes back to the listing; close-entry: its listing has no
   * blank lines between entries, so that a list behind one is its own; paragraph: a blank line ends it, outside tags. Else
   * it is open.
   */
  reach?: 'entry' | 'close-entry' | 'paragraph';
  /** Claude Code versions it was seen in. */
  seen: string;
}
