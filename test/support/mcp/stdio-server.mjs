// A stdio MCP server without an SDK that logs what passes, as base64: `{ sender, bytes }` a line. Arguments: its log file.
import { appendFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';

const [log] = process.argv.slice(2);
const note = (sender, bytes) => appendFileSync(log, `${JSON.stringify({ sender, bytes: bytes.toString('base64') })}\n`);
writeFileSync(`${log}.env`, JSON.stringify(process.env));
const write = (bytes) => {
  note('server', Buffer.from(bytes));
  return new Promise((resolve) => process.stdout.write(bytes, resolve));
};
const send = (message) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (content) => ({ content: [{ type: 'text', text: content }] });
const tool = (name) => ({ name, description: `The tool ${name}.`, inputSchema: { type: 'object' } });

const tools = {
  echo: ({ text: said }) => text(said),
  environment: ({ name }) => text(process.env[name] ?? ''),
  big: ({ bytes }) => text('x'.repeat(bytes)),
  crash: () => process.exit(3),
  async flood({ messages }) {
    const notice = { method: 'notifications/message', params: { level: 'info', data: 'flood' } };
    const line = `${JSON.stringify({ jsonrpc: '2.0', ...notice })}\n`;
    for (let sent = 0; sent < messages; sent += 100) await write(line.repeat(100));
    return text('flooded');
  },
  async odd() {
    await write(Buffer.concat([Buffer.from('not JSON \xff', 'latin1'), Buffer.from('\n\r\n{"half":\n')]));
    return text('odd');
  },
};
const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {}, logging: {} },
    serverInfo: { name: 'scripted', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools: Object.keys(tools).map(tool) }),
  'tools/call': ({ name, arguments: given }) => tools[name](given),
};

const input = new PassThrough();
process.stdin.on('data', (bytes) => note('client', bytes));
process.stdin.pipe(input);
for await (const line of createInterface({ input })) {
  const { id, method, params } = JSON.parse(line);
  if (id !== undefined) await send({ id, result: await methods[method](params) });
}
