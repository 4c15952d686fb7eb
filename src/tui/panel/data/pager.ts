import { spawn } from 'node:child_process';

/** What nearly every system has. */
const DEFAULT_PAGER = 'less';

/** Shows a body in $PAGER, JSON with line breaks; ends when the person leaves it. */
export function inPager(body: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // $PAGER is a command line, by POSIX: the shell takes it apart.
    const pager = spawn(process.env.PAGER || DEFAULT_PAGER, { shell: true, stdio: ['pipe', 'inherit', 'inherit'] });
    pager.once('error', reject);
    pager.once('close', () => resolve());
    // Left before it has read all.
    pager.stdin.on('error', () => {});
    pager.stdin.end(readable(body));
  });
}

function readable(body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8');
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
