import { createHash } from 'node:crypto';
import type { ConversationPiece } from '../../history/conversation-steps.js';
import type { RequestSummary } from '../../model/request.js';
import type { SessionSummary } from '../../model/session.js';
import { groupTotals, SOURCE_GROUPS, type SourceGroup } from '../../model/source-group.js';
import { escapeMarkup, GROUP_COLOURS } from '../../text/markup.js';
import { GROUP_LETTERS, STACK_ORDER } from '../../text/stacked-bar.js';
import { formatTokens } from '../../text/units.js';
import { type ConversationEntry, entryFigures, entryKind, entryNotes } from './entry.js';
import { ABOUT, conversationTitle, describeSession } from './heading.js';
import { type ReadableBlock, type ReadablePiece, readableBlocks } from './piece-text.js';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 2rem 0 .3rem; border-top: 1px solid var(--line); padding-top: .8rem; }
h2 span, .quiet { font-weight: normal; opacity: .7; } .note { color: #c60; margin: .2rem 0; }
ul.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1rem; }
ul.legend svg { width: 1rem; height: 1rem; vertical-align: -.15rem; } svg.bar { width: 100%; height: .6rem; display: block; margin: .3rem 0; }
.piece { border-left: .35rem solid; padding: .1rem .7rem; margin: .4rem 0; } .aside { margin-left: 2rem; }
.piece > b, summary { font-size: .8rem; opacity: .8; } summary { cursor: pointer; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0; font: .85rem/1.45 ui-monospace, monospace; }
pre.talk { font: inherit; } table { border-collapse: collapse; font-size: .85rem; } td { padding: 0 1rem 0 0; }
${SOURCE_GROUPS.map((group) => `.${group} { border-color: ${GROUP_COLOURS[group]}; fill: ${GROUP_COLOURS[group]}; }`).join('\n')}
`;

/** Nothing is loaded and nothing runs, whatever was captured; only this style applies. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export function htmlBeginning(session: SessionSummary | null): string {
  const title = escapeMarkup(conversationTitle(session));
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title><style>${STYLE}</style></head><body>`,
    `<h1>${title}</h1>`,
    ...(session === null ? [] : [`<p>${escapeMarkup(describeSession(session))}</p>`]),
    `<p class="quiet">${escapeMarkup(ABOUT)}</p>`,
    `<ul class="legend">${STACK_ORDER.map(legendItem).join('')}</ul>`,
    '',
  ].join('\n');
}

export const HTML_END = '</body></html>\n';

function legendItem(group: SourceGroup): string {
  return `<li><svg viewBox="0 0 1 1"><rect class="${group}" width="1" height="1"/></svg> ${GROUP_LETTERS[group]} ${group}</li>`;
}

/** A request: its figures, its sources as a bar, and what it adds. */
export function htmlEntry(entry: ConversationEntry): string {
  const { number, row, step } = entry;
  const kind = entryKind(row);
  return [
    `<section${kind === null ? '' : ' class="aside"'} id="request-${number}">`,
    `<h2>${number}. ${kind === null ? '' : `${escapeMarkup(kind)} `}<span>${row.timestamp.toISOString()}, ${escapeMarkup(row.model ?? '–')}: ${entryFigures(row)}</span></h2>`,
    ...bar(row),
    ...entryNotes(entry).map((note) => `<p class="note">${escapeMarkup(note)}</p>`),
    ...(step === null ? [] : [...frame(step.frame), ...readableBlocks([...step.added, ...step.answer]).map(htmlBlock)]),
    '</section>',
    '',
  ].join('\n');
}

function bar({ sources }: RequestSummary): string[] {
  const totals = groupTotals(sources);
  const sum = totals.reduce((all, { tokens }) => all + tokens, 0);
  if (sum === 0) return [];
  let x = 0;
  const parts = STACK_ORDER.flatMap((group) => {
    const tokens = totals.find((total) => total.group === group)?.tokens ?? 0;
    if (tokens === 0) return [];
    const width = (tokens / sum) * 1_000;
    x += width;
    const at = `x="${(x - width).toFixed(1)}" width="${width.toFixed(1)}"`;
    return [`<rect class="${group}" ${at} height="1"><title>${group}: ${formatTokens(tokens)} tokens</title></rect>`];
  });
  return [`<svg class="bar" viewBox="0 0 1000 1" preserveAspectRatio="none">${parts.join('')}</svg>`];
}

/** System prompt and definitions of tools: their sizes, not their texts. */
function frame(pieces: readonly Pick<ConversationPiece, 'source' | 'tokens'>[]): string[] {
  const bySource = new Map<string, number>();
  for (const { source, tokens } of pieces) bySource.set(source, (bySource.get(source) ?? 0) + (tokens ?? 0));
  const rows = [...bySource].filter(([, tokens]) => tokens > 0).toSorted(([, a], [, b]) => b - a);
  if (rows.length === 0) return [];
  const sum = rows.reduce((all, [, tokens]) => all + tokens, 0);
  return [
    `<details class="piece framework"><summary>system prompt and tools, ${formatTokens(sum)} tokens</summary><table>`,
    ...rows.map(([source, tokens]) => `<tr><td>${escapeMarkup(source)}</td><td>${formatTokens(tokens)}</td></tr>`),
    '</table></details>',
  ];
}

function htmlBlock({ kind, title, pieces }: ReadableBlock): string {
  const heading = escapeMarkup(title);
  const [first] = pieces;
  if (kind === 'context') {
    return `<details class="piece"><summary>${heading}</summary>${pieces.map(contextPiece).join('')}</details>`;
  }
  if (first === undefined) return '';
  if (kind === 'talk') return `<div class="piece ${first.group}"><b>${heading}</b>${pre(first, 'talk')}</div>`;
  return `<details class="piece ${first.group}"><summary>${heading}</summary>${pre(first)}</details>`;
}

function contextPiece(piece: ReadablePiece): string {
  return `<div class="piece ${piece.group}"><b>${escapeMarkup(piece.title)}</b>${pre(piece)}</div>`;
}

/** The parser drops a line end after the tag. https://html.spec.whatwg.org/#parsing-main-inbody, "pre" */
function pre({ text }: ReadablePiece, name?: string): string {
  return `<pre${name === undefined ? '' : ` class="${name}"`}>\n${escapeMarkup(text)}</pre>`;
}
