import fc from 'fast-check';
import { HTTPParser } from 'http-parser-js';
import { describe, expect, it } from 'vitest';
import { observed, summarize } from '../support/wire.js';

/** A message as one of the parsers understood it. */
interface Message {
  line: string | number;
  headers: string[][];
  body: string;
}

HTTPParser.encoding = 'latin1';

/** Messages of one direction, by http-parser-js. */
function oracle(type: 'REQUEST' | 'RESPONSE', bytes: Buffer): Message[] {
  const messages: Message[] = [];
  let current: Message = { line: '', headers: [], body: '' };
  const parser = new HTTPParser(HTTPParser[type]);
  parser[HTTPParser.kOnHeadersComplete] = (info) => {
    const flat = info.headers;
    const headers = flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : []));
    const line = type === 'REQUEST' ? `${HTTPParser.methods[info.method]} ${info.url}` : info.statusCode;
    current = { line, headers, body: '' };
  };
  parser[HTTPParser.kOnBody] = (chunk, offset, length) => {
    current.body += chunk.toString('latin1', offset, offset + length);
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    messages.push(current);
  };
  const result = parser.execute(bytes);
  if (result instanceof Error) throw result;
  return messages;
}

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
const value = fc.stringMatching(/^[!-~\xa1-\xff]([ !-~\xa1-\xff]{0,20}[!-~\xa1-\xff])?$/);
const space = fc.constantFrom('', ' ', '  ', '\t', ' \t ');
const eol = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n');

const headerLines = fc
  .array(fc.tuple(token, space, value, space), { maxLength: 5 })
  .map((lines) => lines.filter(([name]) => !/^(content-length|transfer-encoding|connection|upgrade)$/i.test(name)))
  .map((lines) => lines.map(([name, before, text, after]) => `X-${name}:${before}${text}${after}`));

const text = fc.string({ unit: 'binary', maxLength: 40 }).map((raw) => Buffer.from(raw).toString('latin1'));
const sized = text.map((body) => ({ header: `Content-Length: ${body.length}`, wire: body }));
const chunked = fc
  .tuple(fc.array(text, { maxLength: 4 }), fc.boolean(), fc.boolean())
  .map(([parts, extension, trailer]) => ({
    header: 'Transfer-Encoding: chunked',
    wire: `${parts
      .filter((part) => part.length > 0)
      .map((part) => `${part.length.toString(16)}${extension ? ';name="v"' : ''}\r\n${part}\r\n`)
      .join('')}0\r\n${trailer ? 'X-Trailer: 1\r\n' : ''}\r\n`,
  }));
const body = fc.oneof(sized, chunked);

const request = fc
  .tuple(fc.constantFrom('POST', 'PUT', 'DELETE'), token, headerLines, body, eol)
  .map(([method, path, headers, { header, wire }, end]) =>
    [`${method} /${path}?q=1 HTTP/1.1`, ...headers, header, '', wire].join(end),
  );
const response = fc
  .tuple(fc.constantFrom(200, 201, 404, 500, 529), headerLines, body, eol)
  .map(([status, headers, { header, wire }, end]) =>
    [`HTTP/1.1 ${status} Reason`, ...headers, header, '', wire].join(end),
  );

/** Several exchanges, all requests first. Both parsers must read the same from them. */
const conversation = fc.array(fc.tuple(request, response), { minLength: 1, maxLength: 3 }).map((pairs) => ({
  requests: Buffer.from(pairs.map(([one]) => one).join(''), 'latin1'),
  responses: Buffer.from(pairs.map(([, one]) => one).join(''), 'latin1'),
}));

function seen(requests: readonly Buffer[], responses: readonly Buffer[]) {
  const { events, play } = observed();
  play(...requests.map((client) => ({ client })), ...responses.map((upstream) => ({ upstream })));
  return summarize(events);
}

describe('the HTTP/1.1 observer', () => {
  it('reads what http-parser-js reads', () => {
    fc.assert(
      fc.property(conversation, ({ requests, responses }) => {
        const exchanges = seen([requests], [responses]);
        expect(
          exchanges.map((one) => ({
            line: one.request.replace(/ 1\.1$/, ''),
            headers: one.requestHeaders,
            body: one.requestBody,
          })),
        ).toEqual(oracle('REQUEST', requests));
        expect(
          exchanges.map((one) => ({ line: one.status, headers: one.responseHeaders, body: one.responseBody })),
        ).toEqual(oracle('RESPONSE', responses));
        expect(exchanges.every((one) => one.outcome === 'complete' && one.degraded === null)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('reads the same wherever the bytes are cut', () => {
    fc.assert(
      fc.property(conversation, ({ requests, responses }) => {
        const whole = seen([requests], [responses]);
        for (let cut = 1; cut < Math.max(requests.length, responses.length); cut++) {
          expect(seen(halves(requests, cut), halves(responses, cut))).toEqual(whole);
        }
        expect(seen(singles(requests), singles(responses))).toEqual(whole);
      }),
      { numRuns: 25 },
    );
  });

  it('the HTTP/1.1 observer never throws, and settles every exchange once, whatever the bytes are', () => {
    const noise = fc.array(
      fc.oneof(
        fc.constantFrom(
          'GET / HTTP/1.1\r\n',
          'HTTP/1.1 200 OK\r\n',
          '\r\n',
          'Transfer-Encoding: chunked\r\n',
          '5\r\n',
          '0\r\n\r\n',
        ),
        fc.string({ maxLength: 6 }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(noise, noise, (fromClient, fromUpstream) => {
        const { events, play } = observed();
        play(...fromClient.map((client) => ({ client })), ...fromUpstream.map((upstream) => ({ upstream })));
        play('upstream fin', { closed: { by: 'upstream', how: 'fin', code: null } });
        expect(summarize(events).every((one) => one.outcome !== null)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function halves(bytes: Buffer, cut: number): Buffer[] {
  return [bytes.subarray(0, cut), bytes.subarray(cut)];
}

function singles(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
}
