// A stdio MCP server without an SDK, of both eras, whose tools and modes are what servers do wrong. Arguments: modes.
import { spawn } from 'node:child_process';
import { closeSync, writeFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';

const modes = new Set(process.argv.slice(2));
if (modes.has('deaf')) process.on('SIGTERM', () => {});
if (modes.has('deaf') || modes.has('stubborn')) setInterval(() => {}, 1_000);
const forking = process.argv.find((word) => word.startsWith('fork='));
if (forking) {
  const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], {
    stdio: 'ignore',
  });
  writeFileSync(forking.slice('fork='.length), `${process.pid} ${child.pid}\n`);
}
if (modes.has('dies')) {
  writeSync(2, 'no way\n');
  process.exit(3);
}
if (modes.has('early')) process.stdout.write('{"jsonrpc":"2.0","id":0,"result":{"early":true}}\n');
if (modes.has('closes-input')) closeSync(0);
process.stderr.write('started\n');

const write = (bytes) => new Promise((resolve) => process.stdout.write(bytes, resolve));
const send = (message) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (content) => ({ content: [{ type: 'text', text: content }] });
const answers = new Map();
const cancelled = [];
let asked = 0;
function ask(method, params) {
  const id = asked++;
  void send({ id, method, params });
  return new Promise((resolve) => answers.set(id, resolve));
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const tools = {
  pid: () => text(String(process.pid)),
  echo: ({ said }) => text(said),
  slow: async ({ ms }) => {
    await pause(ms);
    return text('slow');
  },
  hang: () => new Promise(() => {}),
  crash: () => process.exit(3),
  cancelled: () => text(JSON.stringify(cancelled)),
  async progress({ steps }, { progressToken }) {
    for (let progress = 1; progress <= steps; progress++) {
      await send({ method: 'notifications/progress', params: { progressToken, progress, total: steps } });
    }
    return text('done');
  },
  async log({ times, data }) {
    for (let count = 0; count < times; count++) {
      await send({ method: 'notifications/message', params: { level: 'info', data } });
    }
    return text('logged');
  },
  async ask() {
    const { result } = await ask('elicitation/create', {
      message: 'Name?',
      requestedSchema: { type: 'object', properties: {} },
    });
    return text(JSON.stringify(result));
  },
  big: ({ bytes }) => text('x'.repeat(bytes)),
  async endless() {
    const part = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 1024; count++) await write(part);
    return text('never read');
  },
  async long({ megabytes }, _meta, id) {
    await write(`{"jsonrpc":"2.0","result":{"content":[{"type":"text","text":"`);
    const part = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < megabytes; count++) await write(part);
    await write(`"}]},"id":${JSON.stringify(id)}}\n`);
  },
  async junk(_given, _meta, id) {
    await write(Buffer.from([0xff, 0xfe, 0x0a]));
    await write('\n\r\n{"half":\n[]\n{"jsonrpc":"2.0","id":999999,"result":{}}\n');
    const answer = Buffer.from(
      `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[{"type":"text","text":"?"}]}}\n`,
    );
    answer[answer.indexOf('?')] = 0xff;
    await write(answer);
  },
  'half-close': () => {
    // `process.stdout.destroy` leaves it open.
    closeSync(1);
    return new Promise(() => {});
  },
};
const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'odd', version: '1.0.0' },
  }),
  'server/discover': () => ({ resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} } }),
  'tools/list': () => ({ tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } })) }),
  'tools/call': ({ name, arguments: given, _meta }, id) => tools[name](given ?? {}, _meta ?? {}, id),
  ping: () => ({}),
};

const input = modes.has('closes-input') ? new PassThrough() : process.stdin;
createInterface({ input }).on('line', async (line) => {
  if (modes.has('silent')) return;
  const { id, method, params, result } = JSON.parse(line);
  if (method === undefined) answers.get(id)?.({ result });
  else if (method === 'notifications/cancelled') cancelled.push(params.requestId);
  else if (id !== undefined) {
    if (method === 'subscriptions/listen') {
      const _meta = { 'io.modelcontextprotocol/subscriptionId': id };
      void send({ method: 'notifications/subscriptions/acknowledged', params: { _meta } });
      void send({ method: 'notifications/tools/list_changed', params: { _meta } });
      return;
    }
    const found = methods[method];
    const answer = found
      ? { result: await found(params ?? {}, id) }
      : { error: { code: -32601, message: 'Method not found' } };
    if (answer.result !== undefined || answer.error !== undefined) void send({ id, ...answer });
  }
});
