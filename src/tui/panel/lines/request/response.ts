import type { AssembledMessage, ContentBlock } from '../../../../model/message.js';
import type { RequestDetail } from '../../../../model/request.js';
import { fragment } from '../../../../text/line.js';
import { printableLine } from '../../../../text/text.js';
import { type Block, headedBlock, lineBlock, textBlock } from '../document.js';

/** The answer, block by block. @param message null when the response had none */
export function responseBlocks({ response, error, state }: RequestDetail, message: AssembledMessage | null): Block[] {
  const failure = error === null ? [] : [headedBlock([fragment('error', 'bad')], textBlock(error))];
  if (response === null && state === 'open') return [lineBlock([fragment('No answer yet.', 'dim')])];
  if (response === null) return [...failure, lineBlock([fragment('No response is stored.', 'dim')])];
  if (message === null) return [...failure, lineBlock([fragment('The response carried no message.', 'dim')])];
  const end = message.complete ? `stopped: ${message.stopReason ?? 'unknown'}` : 'cut off before its end';
  return [...failure, ...message.content.map(contentBlock), lineBlock([fragment(printableLine(end), 'dim')])];
}

function contentBlock(block: ContentBlock): Block {
  const { type, text, thinking, name, input, ...rest } = block;
  const heading = (what: string) => [fragment('── ', 'dim'), fragment(printableLine(what), 'heading')];
  if (typeof text === 'string') return headedBlock(heading(type), textBlock(text));
  if (typeof thinking === 'string') return headedBlock(heading(type), textBlock(thinking, 'dim'));
  if (typeof name === 'string') {
    return headedBlock(heading(`${type} ${name}`), textBlock(JSON.stringify(input ?? {}, null, 2)));
  }
  return headedBlock(heading(type), textBlock(JSON.stringify(rest, null, 2)));
}
