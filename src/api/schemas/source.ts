import { SOURCE_TYPES, type SourceType, splitSource } from '../../model/source.js';

/** The four kinds of sources in the API; ids of sources have finer types. */
export const SOURCE_KINDS = ['User', 'Framework', 'McpServer', 'Skill'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

const KINDS: Readonly<Partial<Record<SourceType, SourceKind>>> = {
  user: 'User',
  command: 'User',
  mcp: 'McpServer',
  skill: 'Skill',
};

/** @param source `mcp:serena` */
export function describeSource(source: string): { source: string; source_type: SourceKind; source_name: string } {
  const { type, name } = splitSource(source);
  return { source, source_type: KINDS[type] ?? 'Framework', source_name: name };
}

/** The types of the source grammar that are of this kind. */
export function sourceTypesOf(kind: SourceKind): SourceType[] {
  return SOURCE_TYPES.filter((type) => (KINDS[type] ?? 'Framework') === kind);
}
