import type { SourceGroup } from '../model/source-group.js';
import { printable } from './text.js';

/**
 * Captured text for a document of HTML or SVG: as content, or in an attribute with double quotes. Unsafe characters are
 * replaced as on a terminal, since marks of direction change what a page seems to say.
 */
export function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** Colours of groups in documents, with enough contrast to white and to black. */
export const GROUP_COLOURS: Readonly<Record<SourceGroup, string>> = {
  framework: '#8a8f98',
  tools: '#4c8bd6',
  mcp: '#b565d8',
  skills: '#3fa65a',
  memory: '#c9962b',
  hooks: '#d9534f',
  agents: '#2aa5a5',
  conversation: '#7d89a8',
  unknown: '#a67c6d',
};
