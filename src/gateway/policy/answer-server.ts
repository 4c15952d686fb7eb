import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import { messagesIn } from '../../mcp/messages/index.js';
import type { HeaderList } from '../../model/exchange.js';
import type { Report } from '../facts.js';
import type { Chosen, RoutedRequest } from '../upstream/upstreams.js';

/** Headers of the client's request that are not valid for a message of ours. */
const OF_MESSAGE = /^(?:accept|content-type|mcp-method|mcp-name|mcp-param-.*|last-event-id)$/i;

/**
 * Sends the answer of a rule to a request of the server, in place of the client. Never throws.
 * @param sent the client's request, in whose answer the server's request came
 */
export async function answerServer(body: Buffer, sent: RoutedRequest, chosen: Chosen, report: Report): Promise<void> {
  const headersFor = (forwarded: readonly string[]): HeaderList => [
    ...sent.headersFor(forwarded).filter(([name]) => !OF_MESSAGE.test(name)),
    ['accept', 'application/json, text/event-stream'],
    ['content-type', 'application/json'],
  ];
  const messages = messagesIn(body);
  try {
    const own = { method: 'POST', headersFor, body, messages, isRequest: false, onRepeat: undefined } as const;
    const answer = await chosen.send({ ...sent, ...own });
    for await (const _ of answer.body);
    if (answer.status >= 300) throw new Error(`status ${answer.status}`);
  } catch (error) {
    const message = `the server did not take the answer of a rule: ${describeError(error)}`;
    report({ type: 'problem', at: now(), part: 'rules', message });
  }
}
