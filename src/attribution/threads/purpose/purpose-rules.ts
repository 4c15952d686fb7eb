import type { Purpose } from '../../../model/purpose.js';
import type { RequestShape } from './request-shape.js';

/** A row of the table. */
export interface PurposeRule {
  id: string;
  test: (shape: RequestShape) => boolean;
  purpose: Purpose;
  /** Claude Code versions it was seen in; `none yet`: for calls that no row above names. */
  seen: string;
}

const CLASS = 'x-claude-code-request-class';
const FINE_CLASS = 'x-claude-1p-request-class';
const SUMMARY_REQUEST = /^(?:CRITICAL: Respond with TEXT ONLY|Your task is to create a detailed summary of )/;

/**
 * The table to extend when Claude Code makes a new kind of call. The first row that fits wins. Typed text must not decide: a
 * text counts only together with a setting that no conversation has, or in the system prompt.
 */
export const PURPOSE_RULES: readonly PurposeRule[] = [
  // The newest versions send the class of a request.
  { id: 'class-main', test: isClass('main'), purpose: 'main', seen: '2.1.329, 2.1.330' },
  { id: 'class-subagent', test: isClass('subagent', 'workflow'), purpose: 'subagent', seen: '2.1.329, 2.1.330' },
  { id: 'class-compaction', test: isClass('compaction'), purpose: 'compaction', seen: '2.1.329, 2.1.330' },
  {
    id: 'class-followup',
    test: ({ header }) => header(FINE_CLASS) === 'followup-generation',
    purpose: 'suggestion',
    seen: '2.1.329, 2.1.330',
  },
  { id: 'one-token', test: ({ maxTokens }) => maxTokens === 1, purpose: 'probe', seen: '2.0.0 - 2.1.330' },

  // Answers of a given form: a JSON schema, or a prefilled beginning.
  { id: 'schema-topic', test: answers('isNewTopic'), purpose: 'topic', seen: '2.1.50' },
  { id: 'schema-title', test: answers('title'), purpose: 'title', seen: '2.1.100 - 2.1.330' },
  { id: 'schema-name', test: answers('name'), purpose: 'title', seen: '2.1.50 - 2.1.330' },
  { id: 'schema-hook', test: answers('ok'), purpose: 'hook', seen: '2.1.50 - 2.1.330' },
  {
    id: 'prefilled-hook',
    test: (shape) => shape.prefilled && hasSystemText(shape, /^You are evaluating a hook /),
    purpose: 'hook',
    seen: '2.0.30 - 2.1.1',
  },

  // Forks of a conversation: one more question, then thrown away.
  { id: 'fork-suggestion', test: forkAsks(/^\[SUGGESTION MODE:/), purpose: 'suggestion', seen: '2.1.50 - 2.1.330' },
  { id: 'fork-compaction', test: forkAsks(SUMMARY_REQUEST), purpose: 'compaction', seen: '2.1.100 - 2.1.330' },
  { id: 'fork-recap', test: forkAsks(/^The user stepped away /), purpose: 'summary', seen: '2.1.150 - 2.1.330' },
  { id: 'fork', test: ({ mark }) => mark === 'before', purpose: 'side', seen: '2.1.100 - 2.1.330' },
  {
    id: 'short-suggestion',
    // The only fork that is marked like a conversation; no other call has this limit of its answer.
    test: (shape) => shape.maxTokens === 16_000 && asks(shape, /^You are now a prompt suggestion generator/),
    purpose: 'suggestion',
    seen: '2.1.1',
  },

  // Calls with a system prompt of their own.
  {
    id: 'summarizer',
    test: (shape) =>
      hasSystemText(shape, /^You are a helpful AI assistant tasked with summ/) && asks(shape, SUMMARY_REQUEST),
    purpose: 'compaction',
    seen: '1.0.100 - 2.1.50',
  },
  { id: 'server-tools', test: ({ tools }) => tools === 'server', purpose: 'search', seen: '1.0.100 - 2.1.330' },
  {
    id: 'new-topic',
    test: oneShot(/^Analyze if this message indicates a new /),
    purpose: 'topic',
    seen: '1.0.100 - 2.1.1',
  },
  {
    id: 'command-prefix',
    test: oneShot(/^Your task is to process Bash /),
    purpose: 'classifier',
    seen: '1.0.30 - 2.1.1',
  },
  { id: 'command-files', test: oneShot(/^Extract any file paths /), purpose: 'summary', seen: '1.0.30 - 2.1.50' },
  { id: 'auto-mode', test: oneShot(/^You are a security monitor /), purpose: 'classifier', seen: '2.1.197, 2.1.330' },
  {
    id: 'word-title',
    test: (shape) => shape.temperature === 0 && asks(shape, /^Please write a 5-10 word title /),
    purpose: 'title',
    seen: '2.0.0',
  },
  {
    id: 'fetched-page',
    // Its system prompt is only the identity line.
    test: ({ tools, mark, onlyText, systemTexts, billingHeader }) =>
      tools === 'none' &&
      mark === 'none' &&
      systemTexts.length <= (billingHeader ? 2 : 1) &&
      onlyText?.trimStart().startsWith('Web page content:') === true,
    purpose: 'summary',
    seen: '1.0.100 - 2.1.330',
  },

  // Other side calls.
  { id: 'class-auxiliary', test: isClass('auxiliary', 'side_reply'), purpose: 'side', seen: 'none yet' },
  {
    id: 'unlike-conversation',
    test: ({ answerKeys, prefilled, stopSequences, temperature }) =>
      answerKeys !== null || prefilled || stopSequences || temperature === 0,
    purpose: 'side',
    seen: 'none yet',
  },
  {
    id: 'bare-question',
    // Versions that write a billing header also open every conversation with a reminder.
    test: ({ tools, mark, onlyText, billingHeader }) =>
      billingHeader &&
      tools === 'none' &&
      mark === 'none' &&
      onlyText !== null &&
      !onlyText.startsWith('<system-reminder>'),
    purpose: 'side',
    seen: 'none yet',
  },
  {
    id: 'built-in-agent',
    test: (shape) =>
      hasSystemText(shape, /^You are an? (?:agent for Claude |file search |software architect |command execution )/),
    purpose: 'subagent',
    seen: '1.0.30 - 2.1.50',
  },
];

function isClass(...classes: string[]): PurposeRule['test'] {
  return ({ header }) => classes.includes(header(CLASS) ?? '');
}

function answers(key: string): PurposeRule['test'] {
  return ({ answerKeys }) => answerKeys?.includes(key) ?? false;
}

function forkAsks(marker: RegExp): PurposeRule['test'] {
  return (shape) => shape.mark === 'before' && asks(shape, marker);
}

/** A call without tools, with a system prompt of its own. */
function oneShot(systemMarker: RegExp): PurposeRule['test'] {
  return (shape) => shape.tools === 'none' && hasSystemText(shape, systemMarker);
}

function asks({ lastTexts }: RequestShape, marker: RegExp): boolean {
  return marker.test(lastTexts.at(-1) ?? '');
}

function hasSystemText({ systemTexts }: RequestShape, marker: RegExp): boolean {
  return systemTexts.some((text) => marker.test(text));
}
