import { isRecord, parseJson, recordsOf, stringOf } from '../../base/json.js';

/** A longer answer to `tools/list` is not read. */
const MAX_BYTES = 4 * 1024 ** 2;

/**
 * Passes an answer to `tools/list` on, and reads the names of tools in it. Both JSON and events have each message on a line.
 * @param learn called at the end of an answer that names some
 */
export async function* observeTools(
  body: AsyncIterable<Uint8Array>,
  learn: (names: string[]) => void,
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= MAX_BYTES) chunks.push(chunk);
    yield chunk;
  }
  if (size > MAX_BYTES) return;
  const names = toolNames(Buffer.concat(chunks).toString());
  if (names.length > 0) learn(names);
}

function toolNames(text: string): string[] {
  const whole = parseJson(text);
  const messages =
    whole === undefined ? text.split(/\r\n|\n|\r/).map((line) => parseJson(line.replace(/^data: ?/, ''))) : [whole];
  return messages.flatMap((message) => {
    const result = isRecord(message) ? message.result : null;
    return isRecord(result) ? recordsOf(result.tools).flatMap(({ name }) => stringOf(name) ?? []) : [];
  });
}
