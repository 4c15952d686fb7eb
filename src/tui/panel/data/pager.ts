import { spawn } from 'node:child_process';
import { readJsonBody } from '../../../history/json-body.js';
import type { Reader } from '../../../store/index.js';

const DEFAULT_PAGER = 'less';

/** The body of a request, JSON with line breaks. @throws StoreError */
export function readableBody(reader: Reader, id: string): string {
  const { requestHeaders, requestBody } = reader.request(id);
  const { text, body } = readJsonBody(reader.requestBody(id), requestHeaders, requestBody.redacted);
  return body === undefined ? text : JSON.stringify(body, null, 2);
}

/** Shows a text in $PAGER until the person leaves it. */
export function inPager(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // By POSIX, $PAGER is a command line for the shell.
    const pager = spawn(process.env.PAGER || DEFAULT_PAGER, { shell: true, stdio: ['pipe', 'inherit', 'inherit'] });
    pager.once('error', reject);
    pager.once('close', () => resolve());
    // EPIPE: the pager was left before it had read everything.
    pager.stdin.on('error', () => {});
    pager.stdin.end(text);
  });
}
