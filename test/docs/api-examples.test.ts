import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAIN } from '../support/product.js';
import { tracedDemo } from '../support/traced-demo.js';

/** What to type, and what of the answer is shown. */
interface Example {
  heading: string;
  script: string;
  /** JSON; null where nothing is printed. */
  answer: string | null;
}

const text = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');
const examples = text.split(/^(?=#+ )/m).flatMap((section): Example[] => {
  const heading = /^#+ (.*)$/m.exec(section)?.[1] ?? '';
  const blocks = section.matchAll(/^```sh\n([^`]*)^```\n(?:```json\n([^`]*)^```\n)?/gm);
  return [...blocks].map(([, script = '', answer]) => ({ heading, script, answer: answer ?? null }));
});

/** Stands between what one example prints and what the next does. */
const MARK = '\n-- end of example --\n';

const demo = tracedDemo();
let printed: string[];
let operations: string[];

beforeAll(async () => {
  const { sandbox } = demo;
  const server = sandbox.start(['serve', '--port', '0']);
  const url = (await server.says('\n')).trim();
  const scripts = examples.map(({ script }) => `${script}printf '${MARK.replaceAll('\n', '\\n')}'\n`);
  const bin = join(sandbox.root, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'claude-trace'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, { mode: 0o755 });
  // As a reader types them: one after the other, in one shell.
  const typed = sandbox.startOther(['sh', '-e', '-c', scripts.join('')], {
    env: { PATH: `${bin}${delimiter}${sandbox.env.PATH}` },
  });
  const ended = await typed.ended;
  expect(ended.stderr.toString()).toBe('');
  expect(ended.exitCode).toBe(0);
  printed = ended.stdout.toString().split(MARK);
  const { paths } = JSON.parse(await (await fetch(`${url}/openapi.json`)).text());
  operations = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  server.process.kill('SIGTERM');
  await server.ended;
});

describe('docs/api.md', () => {
  it('has an example of each operation', () => {
    const headings = examples.map(({ heading }) => heading);
    expect(operations.filter((operation) => !headings.includes(operation))).toEqual([]);
    expect(operations).toContain('GET /api/claude/requests');
  });

  it.each(examples.map((example, index) => ({ ...example, index })))(
    '$heading answers with what is shown',
    ({ answer, index }) => {
      const real = printed[index] ?? '';
      if (answer === null) return void expect(real).toBe('');
      const shown = JSON.parse(answer);
      const isExact = !isObject(shown) || 'error' in shown;
      if (isExact) expect(JSON.parse(real)).toEqual(shown);
      else expect(outline(JSON.parse(real), shown)).toEqual(outline(shown, shown));
    },
  );
});

/** Of a value what `shown` has of it: kinds in place of what differs from one database to the next. */
function outline(value: unknown, shown: unknown): unknown {
  if (Array.isArray(shown))
    return shown.map((each, index) => outline(Array.isArray(value) ? value[index] : null, each));
  if (!isObject(shown)) return value === null ? null : typeof value;
  return Object.fromEntries(
    Object.entries(shown).map(([key, each]) => [key, isObject(value) ? outline(value[key], each) : 'no object']),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
