import type { McpCallWithResult } from '../history/mcp-call.js';
import type { McpCallDetail, McpMessageDetail } from '../model/mcp-rows.js';
import { mcpWord } from './mcp-figures.js';
import { answerText, beginningOf, contentText, requestText } from './mcp-texts.js';
import type { Tone } from './style.js';

/** A text of a call, of which at most the beginning is shown. */
export interface CallSection {
  heading: string;
  /** Null where it is not known. */
  text: string | null;
  tone?: Tone;
}

/** The texts of a call. Those that are compared are together: what rules changed is beside what it was before. */
export function callSections({ call, received }: McpCallWithResult): CallSection[][] {
  const got: CallSection = {
    heading: gotHeading(call),
    text: received === null ? null : beginningOf(contentText(received)),
    tone: gotTone(call),
  };
  const request = messageSections('request', call.request, requestText);
  const answer = messageSections(answerHeading(call), call.answer, answerText);
  if (request.length === 1 && answer.length === 1) return [[...request, ...answer, got]];
  return answer.length === 1 ? [request, [...answer, got]] : [request, answer, [got]];
}

function messageSections(heading: string, message: McpMessageDetail | null, read: typeof requestText): CallSection[] {
  if (message === null) return [{ heading, text: null }];
  const { bytes, original, truncated, dropped } = message;
  const text = `${beginningOf(read({ bytes }))}${truncated ? '\n… the rest was too long to be recorded' : ''}`;
  if (dropped) return [{ heading: `${heading}: dropped by a rule`, text, tone: 'warn' }];
  if (original === null) return [{ heading, text }];
  return [
    { heading: `${heading}, as sent`, text: beginningOf(read({ bytes: original })) },
    { heading: 'changed by rules', text, tone: 'warn' },
  ];
}

function answerHeading({ state, answer, connection }: McpCallDetail): string {
  const sender = answer?.synthetic
    ? connection.synthetic
      ? 'answer of the replay'
      : 'answer of a rule'
    : 'answer of the server';
  return state === 'ok' ? sender : `${sender}: ${mcpWord(state)}`;
}

function gotHeading({ delivery }: McpCallDetail): string {
  return delivery === null ? 'what the model got' : `what the model got: ${mcpWord(delivery.form)}`;
}

function gotTone({ delivery }: McpCallDetail): Tone {
  return delivery === null || delivery.form === 'whole' ? 'heading' : 'warn';
}
