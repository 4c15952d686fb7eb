import { isRecord, recordsOf, stringOf } from '../../src/base/json.js';
import type { ContentBlock } from '../../src/model/message.js';
import type { Speaker } from '../../src/scripted/messages-api.js';

const ATLAS_TOOL = 'mcp__atlas__find_place';
/** For `--allowedTools`. */
export const ALLOWED_TOOLS = 'Skill,ToolSearch,mcp__atlas,mcp__ledger';
export const REPLY = 'Everything has been seen.';

/**
 * Plays the model: it calls a tool of an MCP server and a skill, each once, if this version of Claude Code offers them, and then
 * replies. It reads the offered tools from the request, so it depends on no version.
 */
export const speaker: Speaker = (body) => {
  const tools = recordsOf(body.tools);
  if (tools.length === 0) return [{ type: 'text', text: '{"title": "Looking around"}' }];
  const called = new Set(recordsOf(body.messages).flatMap(({ content }) => recordsOf(content).map(({ name }) => name)));
  const offers = (name: string) => tools.some((tool) => tool.name === name) && !called.has(name);
  if (offers(ATLAS_TOOL)) return [call(ATLAS_TOOL, { topic: 'river' })];
  if (offers('ToolSearch')) return [call('ToolSearch', { query: `select:${ATLAS_TOOL}`, max_results: 5 })];
  // A deferred tool is known only by its reference.
  if (called.has('ToolSearch') && !called.has(ATLAS_TOOL)) return [call(ATLAS_TOOL, { topic: 'river' })];
  if (offers('Skill')) return [call('Skill', { [skillField(tools)]: 'tidy' })];
  return [{ type: 'text', text: REPLY }];
};

/** The field of the input that names the skill: `command` in 2.0, `skill` later. */
function skillField(tools: readonly Record<string, unknown>[]): string {
  const schema = tools.find(({ name }) => name === 'Skill')?.input_schema;
  const fields = isRecord(schema) && isRecord(schema.properties) ? Object.keys(schema.properties) : [];
  return stringOf(fields[0]) ?? 'skill';
}

function call(name: string, input: object): ContentBlock {
  return { type: 'tool_use', id: `toolu_scripted_${name}`, name, input };
}
