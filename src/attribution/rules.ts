import type { Part } from '../model/segment.js';
import type { Source } from '../model/source.js';

/**
 * Where the harness writes text of its own:
 * system: the system prompt; definition: a tool's description (2.0.30 lists agents, skills and commands there);
 * reminder: inside a `<system-reminder>` that a user text starts with; tail: inside one that ends a tool_result;
 * message: a `role: system` message in mid-conversation; prompt: the start of a user text.
 */
export type Place = 'system' | 'definition' | 'reminder' | 'tail' | 'message' | 'prompt';

/** What a rule may ask about the request around the text. */
export interface RuleContext {
  /** A server as tool names write it, when tools of this session belong to it; else null. */
  knownServer(name: string): string | null;
  toolSource(toolName: string): Source;
  /** The source of a tool call by its `tool_use` id. */
  callSource(toolUseId: string): Source | null;
  /** Whether a file that a tool call named lies under a folder: nested memory files come with such calls. */
  worksUnder(folder: string): boolean;
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
  /** Counts nowhere else: lines of a listing. */
  onlyWithin?: boolean;
  /** Left out: what the text belongs to without rules. Null: the marker does not count here after all. */
  source?: (match: RegExpExecArray, context: RuleContext, place: Place) => Source | null;
  part: Part;
  detail?: (match: RegExpExecArray) => string | null;
  /** An entry of a listing: a blank line goes back to the listing. */
  entry?: boolean;
  /** Claude Code versions it was seen in. */
  seen: string;
}
