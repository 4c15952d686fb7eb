import type { RequestSummary } from '../../model/request.js';
import type { SessionSummary } from '../../model/session.js';
import { groupTotals } from '../../model/source-group.js';
import { GROUP_LETTERS, STACK_ORDER } from '../../text/stacked-bar.js';
import { printable, printableLine } from '../../text/text.js';
import { counted, formatTokens } from '../../text/units.js';
import { type ConversationEntry, entryFigures, entryKind, entryNotes } from './entry.js';
import { ABOUT, conversationTitle, describeSession } from './heading.js';
import { type ReadableBlock, readableBlocks } from './piece-text.js';

export function markdownBeginning(session: SessionSummary | null): string {
  const legend = STACK_ORDER.map((group) => `${GROUP_LETTERS[group]} ${group}`).join(', ');
  return [
    `# ${inline(conversationTitle(session))}`,
    ...(session === null ? [] : [inline(describeSession(session))]),
    `${ABOUT} Texts of tools and of context are cut after ${MAX_CHARACTERS} characters; HTML has them whole.`,
    `Groups of sources: ${legend}.`,
    '',
  ].join('\n\n');
}

/** A request: its figures, its groups, and what it adds. */
export function markdownEntry(entry: ConversationEntry): string {
  const { number, row, step } = entry;
  const kind = entryKind(row);
  const name = kind === null ? '' : ` ${inline(kind)}`;
  return `\n${[
    `## ${number}.${name} ${inline(`${row.timestamp.toISOString()}, ${row.model ?? '–'}`)}: ${entryFigures(row)}`,
    ...groupsOf(row),
    ...entryNotes(entry).map((note) => `**${inline(note)}**`),
    ...(step === null ? [] : readableBlocks([...step.added, ...step.answer]).map(markdownBlock)),
  ].join('\n\n')}\n`;
}

function groupsOf({ sources }: RequestSummary): string[] {
  const totals = groupTotals(sources);
  return totals.length === 0 ? [] : [totals.map(({ group, tokens }) => `${group} ${formatTokens(tokens)}`).join(' · ')];
}

/** Markdown cannot fold. */
const MAX_CHARACTERS = 2_000;

function markdownBlock({ kind, title, pieces }: ReadableBlock): string {
  const text = pieces.map((piece) => piece.text).join('\n');
  const more = kind === 'talk' ? 0 : Math.max(0, text.length - MAX_CHARACTERS);
  const rest = more === 0 ? '' : `\n… ${counted(more, 'more character')}`;
  const letters = STACK_ORDER.filter((group) => pieces.some((piece) => piece.group === group));
  const mark = letters.map((group) => GROUP_LETTERS[group]).join('');
  return `${mark} ${inline(title)}\n\n${fenced(text.slice(0, text.length - more) + rest)}`;
}

/** Captured text as a code span: nothing in it is markup. https://spec.commonmark.org/0.31.2/#code-spans */
function inline(text: string): string {
  const line = printableLine(text);
  const run = longestRun(line);
  const ticks = '`'.repeat(run + 1);
  return run === 0 ? `${ticks}${line}${ticks}` : `${ticks} ${line} ${ticks}`;
}

/** Captured text as a code block: its fence is longer than any run of backticks in it. */
function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${printable(text).trimEnd()}\n${fence}`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}
