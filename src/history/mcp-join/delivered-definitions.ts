import { segmentText } from '../../attribution/index.js';
import { isRecord } from '../../base/json.js';
import type { Segment } from '../../model/segment.js';

/** What an MCP server says about itself, as a request carries it to the model. */
export interface DeliveredDefinition {
  /** The tool's name in requests, or the server's source for its instructions. */
  name: string;
  /** UTF-8 bytes of the description, or of the instructions. */
  bytes: number;
  /** Claude Code has shortened it. */
  shortened: boolean;
}

/** Behind a text that Claude Code has shortened; seen in 2.1.197 and 2.1.332. */
const SHORTENED = '… [truncated]';

/**
 * The definitions and instructions of MCP servers that the model reads in a request. A deferred definition counts once a
 * `tool_reference` has loaded it.
 *
 * @param isWanted by their names
 */
export function mcpDefinitionsIn(
  body: unknown,
  segments: readonly Segment[],
  isWanted: (name: string) => boolean,
): DeliveredDefinition[] {
  const texts = new Map<string, { path: string; text: string }>();
  for (const segment of segments) {
    const name = nameOf(segment);
    if (name === null || segment.unread !== null || !isWanted(name)) continue;
    const known = texts.get(name);
    const path = containerOf(segment);
    if (segment.part === 'definition') texts.set(name, { path, text: descriptionAt(body, path) });
    else if (known === undefined) texts.set(name, { path, text: segmentText(body, '', segment) });
    // Told again later, after the server has connected a second time.
    else if (known.path === path) known.text += segmentText(body, '', segment);
  }
  return [...texts].map(([name, { text }]) => measured(name, name.startsWith('mcp:') ? withoutHeading(text) : text));
}

function nameOf({ part, source, detail, path }: Segment): string | null {
  if (part === 'instructions' && source.startsWith('mcp:')) return source;
  return part === 'definition' && path.startsWith('/tools/') ? detail : null;
}

function containerOf({ part, path }: Segment): string {
  return part === 'definition' ? path.split('/', 3).join('/') : path;
}

function descriptionAt(body: unknown, path: string): string {
  const tools: unknown = isRecord(body) ? body.tools : null;
  const tool: unknown = Array.isArray(tools) ? tools[Number(path.split('/')[2])] : null;
  return isRecord(tool) && typeof tool.description === 'string' ? tool.description : '';
}

/** Claude Code writes the server's name above its instructions. */
function withoutHeading(text: string): string {
  return (text.startsWith('## ') ? text.slice(text.indexOf('\n') + 1) : text).trimEnd();
}

function measured(name: string, text: string): DeliveredDefinition {
  const shortened = text.endsWith(SHORTENED);
  const bytes = Buffer.byteLength(shortened ? text.slice(0, -SHORTENED.length) : text);
  return { name, bytes, shortened };
}
