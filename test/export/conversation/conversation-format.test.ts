import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { conversationFormat } from '../../../src/export/conversation/conversation-format.js';
import type { ConversationFormatName } from '../../../src/export/formats.js';
import { openDatabase, openReader } from '../../../src/store/index.js';
import { aShare } from '../../store/support/records.js';
import { browse, findChromium } from '../../support/browser/chromium.js';
import { newSandbox } from '../../support/product.js';
import {
  assistant,
  call,
  result,
  type SpokenTurn,
  spokenConversation,
  text,
  user,
} from '../../support/spoken-conversation.js';
import { SESSION } from '../../support/stored-conversation.js';

function documentOf(name: ConversationFormatName, turns: readonly SpokenTurn[]): string {
  const { file, requests } = spokenConversation(turns);
  const reader = openReader(file);
  const format = conversationFormat(name, { reader, prices: {}, session: reader.session(SESSION) });
  const entries = reader.rows(requests.map(({ id }) => id)).map((row) => format.entry(row, unread, unread));
  reader.close();
  return [format.beginning, ...entries, format.end].join('');
}

const unread = () => {
  throw new Error('Everything can be read, and nothing is missing.');
};

const GO = user(text('Read the file.'));
const READ = call('toolu_1', 'Read', { file_path: '/a.ts' });
const TALK: SpokenTurn[] = [
  { messages: [GO], answer: [text('I look.'), READ], shares: [aShare('mcp:serena', 400), aShare('user', 600)] },
  { messages: [GO, assistant(text('I look.'), READ), user(result('toolu_1', 'export {}'))] },
  { messages: [user(text('Name it.'))], purpose: 'title' },
];

/** What users, models and servers may say: markup, ends of our elements, fences, escape sequences, marks of direction. */
const HOSTILE = [
  '</pre></details></section><script>document.title = "owned"</script>',
  '<img src="http://127.0.0.1:PORT/pixel"><style>@import "http://127.0.0.1:PORT/style"</style>',
  '"\' onload=forged() </title></style>',
  '```\n````\n# forged heading\n<script>forged = 1</script>\n`````',
  '\u001b[2J\u001b]0;owned\u0007\u009b1A \u202eevil\u2066',
].join('\n');

function hostileTalk(port = 80): SpokenTurn[] {
  const words = HOSTILE.replaceAll('PORT', String(port));
  const act = call('toolu_1', words, { [words]: words });
  return [
    { messages: [user(text(words))], answer: [text(words), act], request: { model: words } },
    {
      messages: [user(text(words)), assistant(text(words), act), user(result('toolu_1', words))],
      purpose: 'subagent',
      agentId: words,
      response: { state: 'cut_off', error: words },
    },
  ];
}

describe('html', () => {
  it('shows prompts and answers, folds calls and results, and says what each request cost', () => {
    const page = documentOf('html', TALK);
    expect(page).toContain('<b>user, 1.0k tokens</b><pre class="talk">\nRead the file.</pre>');
    expect(page).toContain('<b>assistant</b><pre class="talk">\nI look.</pre>');
    expect(page).toContain('<details class="piece tools"><summary>tool:Read call (/a.ts)</summary>');
    expect(page).toMatch(/<summary>tool:Read result \(\/a\.ts\), \d+ tokens<\/summary><pre>\nexport {}<\/pre>/);
    expect(page.match(/<section/g)).toHaveLength(3);
    expect(page).toContain('1.0k tokens in (0 % cached), 42 out, $0.0010');
    expect(page).toContain('<title>mcp: 400 tokens</title>');
    expect(page).toContain('side call (title)');
    expect(page).not.toContain('Name it.');
  });

  it('loads nothing, and its policy allows only its own style', () => {
    const page = documentOf('html', TALK);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
    expect(page).not.toMatch(/<script|<link|<img|\bsrc=|href=|url\(|@import| style="/);
    expect(style).toContain('color-scheme: light dark');
  });

  it('has no element, no control character and no mark of direction of a hostile text', () => {
    const page = documentOf('html', hostileTalk());
    expect(page).not.toMatch(/<script|<img|<style>@|onload=forged\(\) <\/title>/);
    for (const character of ['\u001b', '\u009b', '\u202e', '\u2066', '\u0007']) expect(page).not.toContain(character);
    for (const tag of ['section', 'details', 'pre', 'div', 'h2']) {
      const count = (part: string) => page.split(part).length - 1;
      expect({ tag, opened: count(`<${tag}`) }).toEqual({ tag, opened: count(`</${tag}>`) });
    }
  });
});

describe('md', () => {
  it('has the same in fences', () => {
    const document = documentOf('md', TALK);
    expect(document).toContain('C `user, 1.0k tokens`\n\n```text\nRead the file.\n```');
    expect(document).toContain('T `tool:Read call (/a.ts)`\n\n```text\n{\n  "file_path": "/a.ts"\n}\n```');
    expect(document).toContain('mcp 400');
    expect(document.match(/^## \d\. /gm)).toHaveLength(3);
  });

  it('cuts results that are long, and says by how much', () => {
    const messages = [GO, assistant(READ), user(result('toolu_1', 'x'.repeat(5_000)))];
    expect(documentOf('md', [{ messages }])).toMatch(/x{2000}\n… 3000 more characters\n```/);
  });

  it('keeps the id of a session inside a code span, and any number of backticks inside a fence', () => {
    const { file, requests } = spokenConversation([{ messages: [user(text('` '.repeat(200_000)))] }]);
    const reader = openReader(file);
    onTestFinished(() => reader.close());
    const session = { ...reader.session(SESSION), id: 'x\n# forged ![x](http://127.0.0.1/pixel)' };
    const { beginning, entry } = conversationFormat('md', { reader, prices: {}, session });
    expect(beginning).toMatch(/^# `Conversation of session x # forged [^`\n]*`\n/);
    const [row] = reader.rows(requests.map(({ id }) => id));
    expect(row && entry(row, unread, unread)).toContain('\n```text\n` ` `');
  });

  it('keeps hostile text inside fences and code spans', () => {
    const document = documentOf('md', hostileTalk());
    for (const character of ['\u001b', '\u009b', '\u202e', '\u2066']) expect(document).not.toContain(character);
    const outside: string[] = [];
    let fence: string | null = null;
    for (const line of document.split('\n')) {
      const [, run = ''] = /^(`{3,})(?:text)?$/.exec(line) ?? [];
      if (fence === null && run !== '') fence = run;
      else if (fence !== null && run.length >= fence.length) fence = null;
      else if (fence === null) outside.push(line.replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, ''));
    }
    expect(fence).toBeNull();
    expect(outside.join('\n')).not.toMatch(/script|forged|<img/);
    expect(outside.filter((line) => /^## /.test(line))).toHaveLength(2);
  });
});

describe('a request that cannot be read', () => {
  it.each(['md', 'html'] as const)('has its figures in %s, and says what is missing', (name) => {
    const { file, requests } = spokenConversation(TALK);
    const db = openDatabase(file, { readonly: false });
    db.exec("UPDATE slices SET bytes = x'00'");
    db.close();
    const reader = openReader(file);
    const format = conversationFormat(name, { reader, prices: {}, session: null });
    const [row] = reader.rows(requests.map(({ id }) => id));
    if (row === undefined) throw new Error('nothing stored');
    let incomplete = 0;
    const entry = format.entry(row, unread, () => {
      incomplete += 1;
    });
    reader.close();
    expect(incomplete).toBe(1);
    expect(entry).toContain('1.0k tokens in');
    expect(entry).toContain('The request cannot be read: The stored ');
    expect(entry).toContain('The answer cannot be read: The stored ');
    expect(entry).not.toContain('Read the file.');
  });
});

it('shows a call that is nested deep as it is: indented, it would be as long as the square of its depth', () => {
  const input = JSON.parse(`${'['.repeat(3_000)}${']'.repeat(3_000)}`);
  expect(documentOf('html', [{ messages: [GO], answer: [call('toolu_1', 'Read', { input })] }]).length).toBeLessThan(
    50_000,
  );
});

const chromium = findChromium();
if (chromium === null) console.warn('the page is not opened: no chromium or google-chrome on PATH');

describe.runIf(chromium !== null)('html in a browser', () => {
  /** The page as the browser understands it, and what it asked a server for. */
  async function opened(page: (port: number) => string): Promise<{ dom: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer(({ url = '' }, response) => {
      asked.push(url);
      response.end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const sandbox = await newSandbox();
    const file = join(sandbox.root, 'page.html');
    await writeFile(file, page((server.address() as AddressInfo).port));
    const { stdout } = await browse(sandbox, chromium ?? '', pathToFileURL(file).href, '--dump-dom').ended;
    return { dom: stdout.toString(), asked };
  }

  it('runs nothing and loads nothing of a hostile text, and shows it', async () => {
    const { dom, asked } = await opened((port) => documentOf('html', hostileTalk(port)));
    expect(asked).toEqual([]);
    expect(dom).toContain(`<title>Conversation of session ${SESSION}</title>`);
    expect(dom).not.toMatch(/<script|<img/);
    expect(dom.match(/<section/g)).toHaveLength(2);
    expect(dom).toContain('&lt;/pre&gt;&lt;/details&gt;&lt;/section&gt;&lt;script&gt;document.title = "owned"');
  });

  it('would do all that without the escapes and the policy', async () => {
    const { dom, asked } = await opened(
      (port) => `<!doctype html><title>mine</title><p>${HOSTILE.replaceAll('PORT', String(port))}</p>`,
    );
    expect(dom).toContain('<title>owned</title>');
    expect(asked).toContain('/pixel');
  });
});
