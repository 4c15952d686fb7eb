/**
 * Where a segment came from: `type` or `type:name`.
 * The grammar is fixed, since scripts rely on it: user, assistant, framework:<topic>, tool:<Name>, mcp:<server>, skill:<name>,
 * memory:<path>, hook:<Event>, agent:<name>, command:<name>, unknown.
 */
export type Source = string;

/** What a bill counts beyond the conversation, in requests from transcripts that hold only that. */
export const UNRECORDED: Source = 'unknown:unrecorded';

export const SOURCE_TYPES = [
  'user',
  'assistant',
  'framework',
  'tool',
  'mcp',
  'skill',
  'memory',
  'hook',
  'agent',
  'command',
  'unknown',
] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

/** Splits at the first colon: names can contain more (`skill:plugin:name`, `memory:C:\…`). */
export function splitSource(source: Source): { type: SourceType; name: string } {
  const colon = source.indexOf(':');
  const type = colon === -1 ? source : source.slice(0, colon);
  const known = SOURCE_TYPES.find((candidate) => candidate === type);
  return { type: known ?? 'unknown', name: colon === -1 ? source : source.slice(colon + 1) };
}
