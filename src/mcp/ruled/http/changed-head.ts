import type { Header } from '../../../model/exchange.js';
import { repeatedValues } from '../repeated-value.js';

/** Headers that delimit and code the body of a message: not valid for another body. */
const OF_BODY = /^(?:content-length|transfer-encoding|content-encoding|content-md5|content-digest|digest|trailer)$/i;

const HEADER = /^([^:\s]+)[ \t]*:[ \t]*(.*?)[ \t]*$/s;

/** The head of a message whose body has changed. @param lines as spelled; the first one is not a header */
export function withBody(lines: readonly string[], body: Buffer): Buffer {
  return withFraming(lines, `Content-Length: ${body.length}`);
}

/** The head of a message whose body is sent in chunks. */
export function withChunks(lines: readonly string[]): Buffer {
  return withFraming(lines, 'Transfer-Encoding: chunked');
}

function withFraming([first = '', ...lines]: readonly string[], framing: string): Buffer {
  const kept: string[] = [];
  let isPlaced = false;
  let isDropping = false;
  for (const line of lines) {
    // A line that begins with white space continues the one before (RFC 9112 §5.2).
    if (!/^[ \t]/.test(line)) isDropping = OF_BODY.test(nameOf(line));
    if (!isDropping) kept.push(line);
    else if (!isPlaced) {
      kept.push(framing);
      isPlaced = true;
    }
  }
  return headOf([first, ...kept, ...(isPlaced ? [] : [framing])]);
}

export function headOf(lines: readonly string[]): Buffer {
  return Buffer.from([...lines, '', ''].join('\r\n'), 'latin1');
}

/** The headers of lines that `withBody` or `withChunks` would keep. */
export function withoutCoding(headers: readonly Header[]): Header[] {
  return headers.filter(([name]) => !OF_BODY.test(name));
}

function nameOf(line: string): string {
  return HEADER.exec(line)?.[1] ?? '';
}

/** The head of a request whose body rules have changed. */
export function repeatingBody(lines: readonly string[], original: Buffer, changed: Buffer): string[] {
  const repeatedValue = repeatedValues(original, changed);
  return lines.flatMap((line) => {
    const [, name = '', value = ''] = HEADER.exec(line) ?? [];
    const repeated = repeatedValue(name.toLowerCase(), value);
    if (repeated === undefined) return [line];
    return repeated === null ? [] : [`${name}: ${repeated}`];
  });
}
