/** What the API's hidden tokenizer treats alike. */
export type BilledKind = 'definition' | 'system' | 'text' | 'result' | 'call' | 'answer' | 'thinking';

/** One imagined API: how far its count is from o200k, by kind, and what it puts around the content. */
export interface Rates {
  name: string;
  factors: Record<BilledKind, number>;
  /** Tokens around every message, block and tool definition. */
  perMessage: number;
  perBlock: number;
  perTool: number;
  /** What the API adds by itself when a request has tools. */
  tools: number;
  /** Whether a call is counted as its whole JSON with its id, or as name and input. */
  callsCount: 'block' | 'input';
  /** What an answer costs as output, of what it costs as input afterwards. 1: the same, as the API's own documents say. */
  outputShare: number;
}

const plain: Rates = {
  name: 'plain',
  factors: { definition: 1, system: 1, text: 1, result: 1, call: 1, answer: 1, thinking: 1 },
  perMessage: 3,
  perBlock: 1,
  perTool: 4,
  tools: 0,
  callsCount: 'block',
  outputShare: 1,
};

/** Mild: what today's models do to cl100k, roughly. */
export const MILD: Rates = {
  ...plain,
  name: 'mild',
  factors: { definition: 1.22, system: 1.06, text: 1, result: 1.1, call: 1.15, answer: 1.05, thinking: 1 },
  tools: 346,
};

/** Every kind far from the others, the other way round, with heavy framing. */
export const HARSH: Rates = {
  name: 'harsh',
  factors: { definition: 0.85, system: 1.3, text: 1.35, result: 1.05, call: 0.9, answer: 1.2, thinking: 1.25 },
  perMessage: 5,
  perBlock: 4,
  perTool: 12,
  tools: 530,
  callsCount: 'input',
  outputShare: 1,
};

/** All kinds alike: a model with a denser tokenizer. */
export const EVEN: Rates = {
  ...plain,
  name: 'even',
  factors: { definition: 1.35, system: 1.35, text: 1.35, result: 1.35, call: 1.35, answer: 1.35, thinking: 1.35 },
  tools: 313,
};

/** As `MILD`, but what an answer cost is not what it costs in the history: thinking that came back as a summary, say. */
export const LOOSE: Rates = { ...MILD, name: 'loose', outputShare: 1.12 };
