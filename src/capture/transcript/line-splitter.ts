/** A line of a file, without its end. */
export interface Line {
  /** From 1. */
  number: number;
  /** Null: longer than the limit, so it was not kept. */
  bytes: Buffer | null;
  /** The file ends here without a line end: it may still be written. */
  unfinished: boolean;
}

export interface LineSplitter {
  /** The lines that this chunk completes. They may be views into it. */
  push(chunk: Buffer): Line[];
  /** The text after the last line end; null where there is no such text. */
  end(): Line | null;
}

const LINE_FEED = 0x0a;

/** Splits a file at its line ends, and never holds more of a line than the limit. */
export function createLineSplitter(maxBytes: number): LineSplitter {
  let kept: Buffer[] = [];
  let size = 0;
  let number = 0;

  function keep(part: Buffer): void {
    size += part.length;
    if (size > maxBytes) kept = [];
    else if (part.length > 0) kept.push(part);
  }

  function take(unfinished: boolean): Line {
    const bytes = size > maxBytes ? null : kept.length === 1 ? (kept[0] ?? null) : Buffer.concat(kept);
    kept = [];
    size = 0;
    number += 1;
    return { number, bytes, unfinished };
  }

  return {
    push(chunk) {
      const lines: Line[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        keep(chunk.subarray(start, end));
        lines.push(take(false));
        start = end + 1;
      }
      // A copy: the rest of the chunk would stay in memory with it.
      keep(Buffer.from(chunk.subarray(start)));
      return lines;
    },
    end: () => (size === 0 ? null : take(true)),
  };
}
