// A minimal MCP server over HTTP: sessions, and answers with the parameters of their requests. Prints its port to stdout.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const server = createServer(async (request, response) => {
  if (request.method === 'DELETE') return response.writeHead(200).end();
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  const { id, method, params } = JSON.parse(body);
  if (id === undefined) return response.writeHead(202).end();
  if (method === 'initialize') response.setHeader('mcp-session-id', randomUUID());
  const result =
    method === 'initialize'
      ? {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'echo', version: '1' },
        }
      : { content: [{ type: 'text', text: params?.arguments?.text ?? '' }] };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
});
// As servers behind a proxy should: Node's 5 s are shorter than the pauses of a client on a busy machine, and a request that is on
// its way when the server closes the connection is lost.
server.keepAliveTimeout = 75_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
