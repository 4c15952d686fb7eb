import type { HeaderList } from '../../../../model/exchange.js';
import type { RequestDetail } from '../../../../model/request.js';
import { fragment } from '../../../../text/line.js';
import { type Block, fieldsBlock, headedBlock } from '../document.js';

/** In the order of the wire. Secrets were replaced by keyed hashes before they were stored. */
export function headerBlocks({ method, url, httpVersion, requestHeaders, response }: RequestDetail): Block[] {
  const sides: Block[] = [sideBlock(`${method} ${url} HTTP/${httpVersion}`, requestHeaders)];
  if (response !== null) {
    const status = response.status === null ? 'no status' : `${response.status} ${response.reason ?? ''}`.trim();
    sides.push(sideBlock(status, response.headers));
  }
  return sides;
}

function sideBlock(first: string, headers: HeaderList): Block {
  return headedBlock([fragment('── ', 'dim'), fragment(first, 'heading')], fieldsBlock(headers));
}
