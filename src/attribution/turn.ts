import { recordOf, stringOf } from './json.js';
import type { SegmentContext } from './segment-context.js';
import { textsOf } from './servers-of-body.js';

/** What one turn of the user's side tells about the blocks that follow in it. */
export interface Turn {
  /** The first of the request: only there can a summary of an earlier context stand. */
  readonly first: boolean;
  /** Files that the calls answered in this turn worked on. */
  readonly files: string[];
  /** Whether a tool result came before. */
  results: boolean;
  /** Skills that were launched and whose body has not come yet. */
  readonly skills: string[];
  /** The slash command named last; `expands` while its body has not come yet. */
  command: { name: string; expands: boolean } | null;
  /** Looks through a message's blocks before they are split: reminders quote files of results further down. */
  begin(content: readonly unknown[], context: SegmentContext): void;
}

const LAUNCHED = /^Launching skill: /;

export function createTurn(first: boolean): Turn {
  const files: string[] = [];
  const skills: string[] = [];
  return {
    first,
    files,
    results: false,
    skills,
    command: null,
    begin(content, context) {
      for (const block of content) {
        const { type, tool_use_id, is_error, content: result } = recordOf(block);
        const call = type === 'tool_result' ? context.calls.get(stringOf(tool_use_id) ?? '') : undefined;
        if (call === undefined) continue;
        if (call.file !== null) files.push(call.file);
        const [text = ''] = textsOf(result);
        if (call.tool === 'Skill' && is_error !== true && LAUNCHED.test(text)) {
          skills.push(call.owner.source.slice('skill:'.length));
        }
      }
    },
  };
}
