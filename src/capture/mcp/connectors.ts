import { parseRecord, recordsOf, stringOf } from '../../base/json.js';
import { RecentMap } from '../../base/recent-map.js';
import type { HttpEvent } from '../../wire/index.js';
import { type AnswerFrames, createAnswerFrames } from './answer-frames.js';

/** Claude Code reaches the connectors of a claude.ai account there, each at `/v1/mcp/<id>` (2.1.332). */
const HOST = 'mcp-proxy.anthropic.com';

/** Where Claude Code asks for the list of them (2.1.332). */
const LIST = /^(?:https?:\/\/[^/]+)?\/v1\/mcp_servers(?:\?|$)/;

const MAX_CONNECTORS = 1_000;
const MAX_NAME_LENGTH = 256;

/** The names of an account's connectors, which only the list has that Claude Code asks for. */
export class Connectors {
  readonly #names = new RecentMap<string, string>(MAX_CONNECTORS);
  /** Lists that are being received. */
  readonly #lists = new Map<string, AnswerFrames | null>();

  handle(event: HttpEvent): void {
    if (event.type === 'request_head') {
      if (event.method === 'GET' && LIST.test(event.target)) this.#lists.set(event.exchange, null);
      return;
    }
    const frames = this.#lists.get(event.exchange);
    if (frames === undefined) return;
    if (event.type === 'response_head') {
      this.#lists.set(
        event.exchange,
        createAnswerFrames(event.headers, ({ bytes }) => this.#read(Buffer.from(bytes).toString())),
      );
    }
    if (event.type === 'response_body') frames?.push(event.bytes);
    if (event.type === 'response_end') frames?.end(0);
    if (event.type === 'settled') this.#lists.delete(event.exchange);
  }

  /** The name of a connector as Claude Code calls it, or with its id where that is not known; null for other addresses. */
  nameOf({ hostname, pathname }: URL): string | null {
    if (hostname !== HOST) return null;
    const id = pathname.split('/').at(-1) ?? '';
    return `claude.ai ${this.#names.get(id) ?? id}`;
  }

  #read(list: string): void {
    for (const { id, display_name: name } of recordsOf(parseRecord(list)?.data)) {
      const known = stringOf(name);
      if (typeof id === 'string' && known !== null) this.#names.set(id, known.slice(0, MAX_NAME_LENGTH));
    }
  }
}
