import type { ContentBlock } from '../../model/message.js';

/** How the demo session is told to whoever reads it. What takes time is for a person to watch. */
export interface Show {
  prompt(text: string): Promise<void>;
  /** A piece of the answer, as it comes. */
  text(piece: string): void;
  /** The answer goes on after a break. */
  pause(): void;
  call(call: ContentBlock): Promise<void>;
  /** The prompt is answered. */
  answered(): void;
  end(): Promise<void>;
}

/** What was said, as plain text, at once. */
export function plainShow(write: (text: string) => void): Show {
  return {
    prompt: async (text) => write(`> ${text}\n`),
    text: write,
    pause: () => write('\n'),
    call: async () => {},
    answered: () => write('\n\n'),
    end: async () => {},
  };
}
