import { describe, expect, it } from 'vitest';
import { corporateProxy } from '../../../proxy/support/corporate-proxy.js';
import { ours, world } from '../../../proxy/support/harness.js';
import { openTcp, openTunnel, Peer, secure } from '../../../support/raw-tls.js';
import {
  answer,
  asked,
  dropped,
  HOLD,
  json,
  message,
  NOTHING,
  ok,
  pair,
  pausedId,
  rules,
  SLOW,
} from '../../support/relayed-pair.js';
import { plainServer, ruledHttp } from '../../support/ruled-http.js';
import { call } from '../../support/ruled-pipe.js';

describe('a request', () => {
  it('waits, and goes on a connection of its own if the server has closed the first', async () => {
    const both = await pair(SLOW);
    await both.client.send(json(message(1)));
    both.server.fin();
    const second = await both.upstream.accept();
    await second.receives(json(message(1)).length);
    expect(second.received.equals(json(message(1)))).toBe(true);
    await second.send(ok(answer(1)));
    await both.client.receives(ok(answer(1)).length);
    expect(both.ruled.ruled()[0]?.ruled.heldMs).toBeGreaterThanOrEqual(140);
  });

  it('reaches its server through the proxy of a company, also on a connection of its own', async () => {
    const company = await corporateProxy('HTTP/1.1 200 Connection established\r\n\r\n');
    const proxies = { https: company.settings, http: null };
    const upstream = { proxies, noProxy: '', ca: [world.certificatePem] };
    const both = await pair(SLOW, ['http/1.1'], undefined, { upstream });
    await both.client.send(json(message(1)));
    both.server.fin();
    const second = await both.upstream.accept();
    await second.receives(json(message(1)).length);
    await second.send(ok(answer(1)));
    await both.client.receives(ok(answer(1)).length);
    expect(second.received.equals(json(message(1)))).toBe(true);
    const target = `CONNECT localhost:${both.upstream.port} HTTP/1.1`;
    expect(company.heads.map((head) => head.split('\r\n')[0])).toEqual([target, target]);
  });

  it('is paused until a person lets it pass', async () => {
    const both = await pair(HOLD);
    await both.client.send(json(message(1)));
    await expect
      .poll(() => both.ruled.pauses)
      .toMatchObject([
        { type: 'paused', message: { rule: 'hold', server: 'tickets', method: 'tools/call', name: 'add' } },
      ]);
    expect(both.server.received).toHaveLength(0);
    both.ruled.relay.resume(pausedId(both.ruled));
    await both.server.receives(json(message(1)).length);
    expect(both.ruled.pauses).toHaveLength(2);
  });

  it.each(['fin', 'reset'] as const)('that is paused is never sent when its client leaves (%s)', async (how) => {
    const both = await pair(HOLD);
    await both.client.send(json(message(1)));
    await expect.poll(() => both.ruled.pauses).toHaveLength(1);
    both.client[how]();
    await expect.poll(() => both.ruled.pauses).toHaveLength(2);
    await expect.poll(() => both.ruled.events.at(-1)?.type).toBe('settled');
    expect(dropped(both.ruled)).toEqual([['client', true]]);
    both.ruled.relay.resume(pausedId(both.ruled));
    expect(both.server.received).toHaveLength(0);
  });

  it('that its client does not finish passes, and is recorded as far as it came', async () => {
    const both = await pair(NOTHING);
    const cut = json(message(1)).subarray(0, -5);
    await both.client.send(cut);
    both.client.fin();
    await both.server.receives(cut.length);
    expect(both.server.received.equals(cut)).toBe(true);
    const bodies = both.ruled.events.flatMap((event) => (event.type === 'request_body' ? [event.bytes] : []));
    expect(Buffer.concat(bodies).toString()).toBe(message(1).slice(0, -5));
  });

  it('that is paused is dropped when the client cancels it on another connection', async () => {
    const both = await pair(HOLD);
    await both.client.send(json(message(7)));
    await expect.poll(() => both.ruled.pauses).toHaveLength(1);
    const [{ stream }, other] = await Promise.all([
      openTunnel(both.ruled.proxy.port, `localhost:${both.upstream.port}`).then((tcp) =>
        secure(tcp, { ca: ours.certificatePem, alpn: ['http/1.1'] }),
      ),
      both.upstream.accept(),
    ]);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } };
    stream.write(json(JSON.stringify(cancel)));
    await other.receives(1);
    // Nobody waits for an answer.
    await expect.poll(() => both.client.received.toString()).toMatch(/^HTTP\/1\.1 202 /);
    expect(both.server.received).toHaveLength(0);
    stream.destroy();
  });

  it('is sent on after we said that its client may go on', async () => {
    const both = await pair(NOTHING);
    const [head = '', body = ''] = json(message(1), ['Expect: 100-continue'])
      .toString()
      .split(/(?<=\r\n\r\n)/);
    await both.client.send(head);
    await both.client.receives('HTTP/1.1 100 Continue\r\n\r\n'.length);
    await both.client.send(body);
    await both.server.receives(head.length + body.length);
    expect(both.server.received.toString()).toBe(head + body);
    await both.server.send(`HTTP/1.1 100 Continue\r\n\r\n${ok('{}')}`);
    await expect.poll(() => both.client.received.toString()).toBe(`HTTP/1.1 100 Continue\r\n\r\n${ok('{}')}`);
  });

  it('of 2026-07-28 has headers that repeat its changed body', async () => {
    const both = await pair(
      '  - { id: up, when: { tool: add }, then: [{ modify: { set: { "$.name": "größer", "$.arguments.region": north } } }] }',
    );
    const body = call(1, 'add', { region: 'south', n: 1 }).trim();
    const head = ['Mcp-Method: tools/call', 'mcp-name: add', 'Mcp-Param-Region: south', 'Mcp-Param-Count: 1'];
    await asked(both, body, head);
    const text = both.server.received.toString();
    expect(text).toContain('Mcp-Method: tools/call\r\n');
    expect(text).toContain('mcp-name: =?base64?Z3LDtsOfZXI=?=\r\n');
    expect(text).toContain('Mcp-Param-Region: north\r\nMcp-Param-Count: 1\r\n');
    const sent = text.split('\r\n\r\n')[1] ?? '';
    expect(text).toContain(`Content-Length: ${Buffer.byteLength(sent)}\r\n`);
    expect(JSON.parse(sent)).toMatchObject({ params: { name: 'größer', arguments: { region: 'north' } } });
  });

  it('in a batch is decided on by itself, and its answer joins those of the server', async () => {
    const both = await pair('  - { id: no, when: { tool: erase }, then: [{ block: { reason: no } }] }');
    await asked(both, `[${message(1)},${call(2, 'erase').trim()}]`);
    expect(both.server.received.toString()).toMatch(/\r\n\r\n\[[^\]]*"id":1[^\]]*\]$/);
    await both.server.send(ok(answer(1)));
    await expect.poll(() => both.client.received.toString()).toContain('"no"');
    expect(JSON.parse(both.client.received.toString().split('\r\n\r\n')[1] ?? '')).toMatchObject([
      { id: 1, result: {} },
      { id: 2, error: { message: 'no' } },
    ]);
  });

  it('that is swallowed is never answered, and a notification is accepted', async () => {
    const both = await pair(
      '  - { id: gone, when: { direction: client_to_server }, then: [{ fault: { kind: timeout } }] }',
    );
    await both.client.send(json(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/x' })));
    const accepted = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n';
    await expect.poll(() => both.client.received.toString()).toBe(accepted);
    await both.client.send(json(message(1)));
    await expect.poll(() => dropped(both.ruled)).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(both.client.received.toString()).toBe(accepted);
    expect(both.server.received).toHaveLength(0);
  });

  it('ends the connection, is answered by half of a document, or passes slowly', async () => {
    const closing = await pair('  - { id: x, when: { tool: add }, then: [{ fault: { kind: close } }] }');
    await closing.client.send(json(message(1)));
    expect(await closing.client.ended).not.toBe('own reset');
    const cut = await pair('  - { id: x, when: { tool: add }, then: [{ fault: { kind: malformed } }] }');
    await cut.client.send(json(message(1)));
    await expect.poll(() => cut.client.received.toString()).toMatch(/^HTTP\/1\.1 200 OK/);
    const [head = '', body = ''] = cut.client.received.toString().split('\r\n\r\n');
    expect(head).toContain(`Content-Length: ${body.length}`);
    expect(() => JSON.parse(body)).toThrow();
    const whole = json(message(1));
    const slow = await pair(
      `  - { id: x, when: { tool: add }, then: [{ fault: { kind: slow, bytes_per_second: ${whole.length * 3} } }] }`,
    );
    const at = performance.now();
    await asked(slow);
    await slow.server.receives(whole.length);
    expect(performance.now() - at).toBeGreaterThan(150);
    expect(slow.server.received.equals(whole)).toBe(true);
  });
});

it('decides on each of 300 requests during reloads by one whole set', async () => {
  const both = await pair(NOTHING);
  const named = (name: string) =>
    rules(
      ['first', 'last']
        .map(
          (id) =>
            `  - { id: ${id}, when: { tool: add }, then: [{ modify: { set: { "$.arguments.${id}": ${name} } } }] }`,
        )
        .join('\n'),
    );
  both.ruled.use(named('set0'));
  for (let n = 0; n < 300; n++) {
    const before = both.server.received.length;
    if (n % 3 === 0) both.ruled.use(named(`set${n}`));
    await asked(both, message(n));
    await both.server.receives(before + 100);
    await both.server.send(ok(answer(n)));
    await both.client.receives([...Array(n + 1).keys()].reduce((sum, id) => sum + ok(answer(id)).length, 0));
  }
  const sets = [...both.server.received.toString().matchAll(/"first":"(\w+)","last":"(\w+)"/g)];
  expect(sets).toHaveLength(300);
  expect(sets.every(([, first, last]) => first === last)).toBe(true);
});

describe('a request in absolute form', () => {
  it('is answered by a rule, or by its server, and the connection ends', async () => {
    const address = await plainServer((request, response) => {
      request.resume();
      request.on('end', () => response.setHeader('content-type', 'application/json').end(answer(2)));
    });
    const ruled = await ruledHttp(
      rules(`
  - { id: no, when: { tool: add, params: { "$.arguments.n": 1 } }, then: [{ block: { reason: no } }] }
  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }] }`),
      { url: address },
    );
    for (const [n, expected] of [
      [1, /"message":"no"/],
      [2, /"text":"new"/],
    ] as const) {
      const tcp = await openTcp(ruled.proxy.port);
      const body = call(n, 'add', { n }).trim();
      const head = `POST ${address} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      const client = new Peer({ stream: tcp, tcp });
      await client.send(head + body);
      expect(await client.ended).toBe('fin');
      expect(client.received.toString()).toMatch(/\r\nConnection: close\r\n/);
      expect(client.received.toString()).toMatch(expected);
      client.fin();
    }
  });
});
