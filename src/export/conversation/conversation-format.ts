import { type ConversationStep, createConversationSteps } from '../../history/conversation-steps.js';
import { isSideCall } from '../../model/purpose.js';
import type { RequestSummary } from '../../model/request.js';
import type { SessionSummary } from '../../model/session.js';
import { DamagedContentError, type Reader } from '../../store/index.js';
import type { Format } from '../format.js';
import type { ConversationFormatName } from '../formats.js';
import type { ConversationEntry } from './entry.js';
import { HTML_END, htmlBeginning, htmlEntry } from './html.js';
import { markdownBeginning, markdownEntry } from './markdown.js';

export interface ConversationSource {
  reader: Reader;
  prices: Parameters<typeof createConversationSteps>[1];
  /** Null for requests without a session. */
  session: SessionSummary | null;
}

const DOCUMENTS = {
  md: { beginning: markdownBeginning, entry: markdownEntry, end: '' },
  html: { beginning: htmlBeginning, entry: htmlEntry, end: HTML_END },
} as const satisfies Record<ConversationFormatName, unknown>;

/** A document of the requests in the order in which they are given; one is in memory at a time. */
export function conversationFormat(
  name: ConversationFormatName,
  { reader, prices, session }: ConversationSource,
): Format {
  const { beginning, entry, end } = DOCUMENTS[name];
  const stepOf = createConversationSteps(reader, prices);
  let number = 0;
  return {
    beginning: beginning(session),
    separator: '',
    end,
    entry(row, _read, onIncomplete) {
      const step = isTalk(row) ? readStep(row) : null;
      if (step !== null && step.problems.length > 0) onIncomplete();
      number += 1;
      return entry({ number, row, step } satisfies ConversationEntry);
    },
  };

  function readStep({ id }: RequestSummary): ConversationStep {
    try {
      return stepOf(reader.request(id));
    } catch (error) {
      if (!(error instanceof DamagedContentError)) throw error;
      return { isOpening: false, frame: [], added: [], answer: [], problems: [error.message] };
    }
  }
}

/** Side calls ask about a conversation, and add nothing to it. */
function isTalk({ kind, purpose }: RequestSummary): boolean {
  return kind === 'messages' && (purpose === null || !isSideCall(purpose));
}
