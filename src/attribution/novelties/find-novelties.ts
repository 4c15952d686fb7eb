import { headerOf, headersOf } from '../../base/headers.js';
import { isRecord, recordsOf } from '../../base/json.js';
import type { HeaderList } from '../../model/exchange.js';
import type { AssembledMessage } from '../../model/message.js';
import type { Novelty, NoveltyKind, RequestNovelties } from '../../model/novelty.js';
import type { Segment } from '../../model/segment.js';
import { isUnmatched, unmatchedIn } from '../../model/unmatched.js';
import { messagesOf } from '../segments/body-parts.js';
import { KNOWN_NAMES } from './known-names.js';

/** An exchange with Claude Code, attributed. */
export interface SeenExchange {
  headers: HeaderList;
  /** Parsed JSON of the request. */
  body: unknown;
  message: AssembledMessage | null;
  segments: readonly Segment[];
}

/** Maximum number of novelties of one request. */
const MAX_NOVELTIES = 30;
const MAX_NAME_LENGTH = 64;

/** Names of these forms belong to the protocol. A person or a company may have chosen other names. */
const HEADER = /^(?:anthropic|x-anthropic|x-app|x-cc|x-ccr|x-claude|x-stainless)(?:-[a-z0-9]+)*$/;
const BETA = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*-(?:20\d{6}|20\d\d-\d\d-\d\d)$/;
const WORD = /^[a-z]+(?:_[a-z0-9]+)*$/;

/**
 * Finds names and texts in a request of Claude Code, and in its answer, that this version of claude-trace does not know. The result has
 * names of the protocol and counts, no values and no text. Null for other clients.
 *
 * @param ownHeaders names of headers that the user's settings add, in lower case
 */
export function findNovelties(exchange: SeenExchange, ownHeaders: ReadonlySet<string>): RequestNovelties | null {
  const version = versionOf(exchange.headers);
  if (version === null) return null;
  const found = new Map<string, Novelty>();
  const add = (kind: NoveltyKind, name: string): void => {
    if (found.size < MAX_NOVELTIES) found.set(`${kind} ${name}`, { kind, name });
  };
  const see = (kind: Exclude<NoveltyKind, 'text'>, name: unknown): void => {
    if (typeof name !== 'string' || KNOWN_NAMES[kind].has(name)) return;
    add(kind, isOfProtocol(kind, name) ? name : 'other');
  };

  for (const [name] of exchange.headers) {
    const header = name.toLowerCase();
    if (!ownHeaders.has(header) && !header.startsWith(':')) see('header', header);
  }
  if (!ownHeaders.has('anthropic-beta')) {
    for (const beta of betasOf(exchange.headers)) see('beta', beta);
  }
  seeBody(exchange.body, see);
  seeAnswer(exchange.message, see);
  for (const place of unknownTexts(exchange.segments)) add('text', place);

  const { tokens: unmatchedTokens, total: tokens } = unmatchedIn(exchange.segments);
  return { version, novelties: [...found.values()], tokens, unmatchedTokens };
}

function isOfProtocol(kind: NoveltyKind, name: string): boolean {
  if (name.length > MAX_NAME_LENGTH) return false;
  return (kind === 'header' ? HEADER : kind === 'beta' ? BETA : WORD).test(name);
}

type See = (kind: Exclude<NoveltyKind, 'text'>, name: unknown) => void;

/** `claude-cli/2.1.332 (external, cli)` */
function versionOf(headers: HeaderList): string | null {
  return /^claude-cli\/(\d{1,4}\.\d{1,4}\.\d{1,6})\b/.exec(headerOf(headers, 'user-agent') ?? '')?.[1] ?? null;
}

function betasOf(headers: HeaderList): string[] {
  return headersOf(headers, 'anthropic-beta')
    .flatMap((value) => value.split(','))
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '');
}

function seeBody(body: unknown, see: See): void {
  if (!isRecord(body)) return;
  for (const name of Object.keys(body)) see('field', name);
  for (const { type } of recordsOf(body.tools)) see('tool', type);
  for (const { type } of recordsOf(body.system)) see('block', type);
  for (const message of recordsOf(messagesOf(body))) {
    see('role', message.role);
    for (const block of recordsOf(message.content)) {
      see('block', block.type);
      if (block.type === 'tool_result') for (const { type } of recordsOf(block.content)) see('block', type);
    }
  }
}

function seeAnswer(message: AssembledMessage | null, see: See): void {
  if (message === null) return;
  for (const event of message.unknownEvents ?? []) see('event', event);
  for (const block of message.content) {
    see('block', block.type);
    for (const { type } of recordsOf(block.unknown_deltas)) see('delta', type);
  }
}

/** Sources of any text: unknown text that follows theirs may be the rest of it. */
const FREE_TEXTS = /^(?:hook|mcp|memory|skill|agent|command):/;

/** Places of text that no rule knows, other than text that may be the rest of a source's text. */
function unknownTexts(segments: readonly Segment[]): Set<string> {
  const places = new Set<string>();
  for (const [index, segment] of segments.entries()) {
    if (!isUnmatched(segment)) continue;
    const before = segments[index - 1];
    const isBehind = before !== undefined && before.path === segment.path && FREE_TEXTS.test(before.source);
    if (!isBehind) places.add(segment.source === 'unknown' ? 'without a source' : 'reminder');
  }
  return places;
}
