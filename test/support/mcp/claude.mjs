// What Claude Code does with stdio servers, for tests that need no API: starts those of `.claude.json`, replaced by those of the
// last `--mcp-config=`, and calls tools, with ids as Claude Code gives them. Its argument is JSON:
// [{ server, tool, arguments, times? } | { waitFor: line on stdin }]. It prints an event a line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [plan, ...options] = process.argv.slice(2);
const own = JSON.parse(readFileSync(join(process.env.HOME, '.claude.json'), 'utf8')).mcpServers;
const given = options.flatMap((option) => (option.startsWith('--mcp-config=') ? [option.slice(13)] : []));
const servers = Object.assign(own, ...given.map((file) => JSON.parse(readFileSync(file, 'utf8')).mcpServers));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (event) => console.log(JSON.stringify(event));
const expand = (text) =>
  text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name, other) => process.env[name] ?? other ?? whole);

say({ event: 'start', pid: process.pid, options });
const clients = new Map();
for (const [name, { command, args = [], env = {} }] of Object.entries(servers)) {
  const variables = Object.entries(env).map(([key, value]) => [key, expand(value)]);
  const transport = new StdioClientTransport({
    command: expand(command),
    args: args.map(expand),
    env: { ...process.env, ...Object.fromEntries(variables), CLAUDE_CODE_SESSION_ID: 'session-1' },
    stderr: 'inherit',
    maxBufferSize: 1e9,
  });
  const client = new Client({ name: 'claude-code', version: '0.0.0' });
  client.onclose = () => say({ event: 'closed', server: name });
  try {
    await client.connect(transport);
    clients.set(name, client);
    say({ event: 'connected', server: name, pid: transport.pid });
  } catch (error) {
    say({ event: 'failed', server: name, message: error.message });
  }
}
let calls = 0;
for (const step of JSON.parse(plan)) {
  if (step.waitFor !== undefined) {
    for (let line = await lines.next(); line.value !== step.waitFor; line = await lines.next()) {
      // A failed test has closed it.
      if (line.done) process.exit(1);
    }
  } else {
    for (let time = 0; time < (step.times ?? 1); time += 1) {
      const _meta = { 'claudecode/toolUseId': `toolu_${calls++}` };
      const call = { name: step.tool, arguments: step.arguments ?? {}, _meta };
      try {
        const { content } = await clients.get(step.server).callTool(call);
        const text = content[0].text;
        say({ event: 'result', length: text.length, text: text.slice(0, 100) });
      } catch (error) {
        say({ event: 'error', message: error.message });
      }
    }
  }
}
for (const client of clients.values()) await client.close();
process.exit(5);
