import { isRecord, type JsonRecord, stringOr } from '../../base/json.js';
import type { Source } from '../../model/source.js';
import { isAgentTool } from './tool-source.js';

/** Ids and names of agents are in the first or the last lines of a result. */
const HEAD = 2_000;
/** How results of calls name tasks that continue in the background. */
const TASK = /\btask ([\w-]{4,40})\b|\bwith ID: ([\w-]{4,40})/g;
const ID = /\bagent_?[iI]d: ([\w@.-]{1,80})|^name: ([\w.-]{1,80})$/gm;

/**
 * Sources of messages by their sender's id or name: the agents, skills, workflows and tasks that calls have started, from
 * the results and the names of those calls.
 */
export function agentIdsIn(
  blocks: readonly JsonRecord[],
  callSource: (toolUseId: string) => Source | null,
): Map<string, Source> {
  const ids = new Map<string, Source>();
  for (const block of blocks) {
    if (block.type === 'tool_use' && isAgentTool(block.name)) {
      const name = isRecord(block.input) ? stringOr(block.input.name, '') : '';
      const source = callSource(stringOr(block.id, ''));
      if (name !== '' && source !== null) ids.set(name, source);
    }
    if (block.type !== 'tool_result') continue;
    const source = callSource(stringOr(block.tool_use_id, ''));
    if (source === null) continue;
    for (const id of startsAgents(source) ? agentsIn(block) : tasksIn(block)) ids.set(id, source);
  }
  return ids;
}

const agentsIn = namesIn(ID);
const tasksIn = namesIn(TASK);

/** Names in the content of a result. It is read once: a result that a body repeats is the same object. */
function namesIn(pattern: RegExp): (result: JsonRecord) => readonly string[] {
  const known = new WeakMap<JsonRecord, readonly string[]>();
  return (result) => {
    const names =
      known.get(result) ??
      endsOf(result.content).flatMap((text) => Array.from(text.matchAll(pattern), ([, id, name]) => id ?? name ?? ''));
    known.set(result, names);
    return names;
  };
}

function startsAgents(source: Source): boolean {
  return source.startsWith('agent:') || source.startsWith('skill:') || source === 'tool:Workflow';
}

function endsOf(content: unknown): string[] {
  const texts = Array.isArray(content)
    ? content.flatMap((part: unknown) => (isRecord(part) && typeof part.text === 'string' ? [part.text] : []))
    : [stringOr(content, '')];
  const ends = [texts[0] ?? '', texts.at(-1) ?? ''].flatMap((text) => [text.slice(0, HEAD), text.slice(-HEAD)]);
  // The same text four times, if there is one and it is short.
  return [...new Set(ends)];
}
