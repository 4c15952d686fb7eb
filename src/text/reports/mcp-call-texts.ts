import type { McpCallWithResult } from '../../history/mcp-call.js';
import { padTo } from '../fit.js';
import { type CallSection, callSections } from '../mcp-call-sections.js';
import { describeFields, printable, printableLine } from '../text.js';
import { wrap } from '../wrap.js';
import { mcpCallFacts, mcpCallIds } from './mcp-call.js';

/** Long texts are cut with a note. @param width columns */
export function describeMcpCall(shown: McpCallWithResult, width: number): string[] {
  const { call, carriage } = shown;
  return [
    ...describeFields([...mcpCallFacts(call, carriage), ...mcpCallIds(call)]),
    ...callSections(shown).flatMap((sections) => describeSections(sections, width)),
  ];
}

const DIVIDER = ' │ ';
/** Narrower, most lines of JSON would be broken. */
const MIN_COLUMN = 44;

/** What rules changed is beside what it was before, where there is room; all other texts are below each other. */
function describeSections(sections: readonly CallSection[], width: number): string[] {
  const each = Math.floor((width - DIVIDER.length) / 2);
  const [before, after, ...others] = sections;
  const hasRoom = Number.isFinite(width) && each >= MIN_COLUMN;
  if (before === undefined || after === undefined || others.length > 0 || !hasRoom) {
    return sections.flatMap((section) => ['', headingOf(section), textOf(section)]);
  }
  const columns = [before, after].map((section) => [headingOf(section), ...wrap(textOf(section), each)]);
  const [left = [], right = []] = columns;
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, row) =>
    `${padTo(left[row] ?? '', each)}${DIVIDER}${right[row] ?? ''}`.trimEnd(),
  );
  return ['', ...rows];
}

function headingOf({ heading }: CallSection): string {
  return printableLine(`── ${heading}`);
}

function textOf({ text }: CallSection): string {
  return text === null ? 'not recorded' : printable(text);
}
