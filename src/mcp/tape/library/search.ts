import { asBuffer } from '../../../base/as-buffer.js';
import type { TapeMatch, TapeSummary } from '../../../model/tape.js';
import { readTape } from '../read-tape.js';

/** Characters before and after what was found. */
const AROUND = 60;

/** The frames of a tape that have a text, in any letter case: as it is, or as JSON spells it. @throws TapeError */
export async function* searchTape(tape: Pick<TapeSummary, 'name' | 'file'>, text: string): AsyncGenerator<TapeMatch> {
  const spelled = JSON.stringify(text).slice(1, -1);
  const wanted = [...new Set([text, spelled])].map((each) => each.toLowerCase());
  for await (const { seq, at, dir, bytes } of (await readTape(tape.file)).frames) {
    const message = asBuffer(bytes).toString();
    const lower = message.toLowerCase();
    const place = wanted.map((each) => lower.indexOf(each)).find((each) => each !== -1);
    if (place === undefined) continue;
    yield { tape: tape.name, file: tape.file, seq, at, dir, excerpt: around(message, place, text.length) };
  }
}

function around(message: string, place: number, length: number): string {
  const start = Math.max(0, place - AROUND);
  const end = place + length + AROUND;
  return `${start > 0 ? '…' : ''}${message.slice(start, end)}${end < message.length ? '…' : ''}`;
}
