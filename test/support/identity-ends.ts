import { CHUNKED_OK, GET, OK, post } from './identity-messages.js';
import type { IdentityCase } from './identity-play.js';

/** Connections that end early, half or hard, on either side. */
export const END_CASES: IdentityCase[] = [
  {
    name: 'a body that ends with the connection',
    async client(self) {
      void self.send(GET);
      await self.ended;
      self.fin();
    },
    async server(self) {
      await self.receives(GET.length);
      void self.send('HTTP/1.0 200 OK\r\n\r\nuntil the end');
      self.fin();
    },
  },
  {
    name: 'the client half-closes after its request and reads on',
    async client(self) {
      void self.send(GET);
      self.fin();
      await self.ended;
    },
    async server(self) {
      await self.ended;
      void self.send(OK);
      self.fin();
    },
  },
  {
    name: 'the server half-closes before the request and reads on',
    async client(self) {
      await self.ended;
      void self.send(GET);
      self.fin();
    },
    async server(self) {
      self.fin();
      await self.ended;
    },
  },
  {
    name: 'early 413 while the body still flows',
    async client(self) {
      void self.send(`${post(200_000)}${'x'.repeat(100_000)}`);
      await self.ended;
      void self.send('y'.repeat(100_000));
      self.fin();
    },
    async server(self) {
      await self.receives(100);
      void self.send('HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      self.fin();
      await self.ended;
    },
  },
  {
    name: 'early 413, then a reset',
    async client(self) {
      void self.send(`${post(200_000)}half`);
      await self.ended;
    },
    async server(self, client) {
      const answer = 'HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';
      await self.receives(post(200_000).length + 4);
      void self.send(answer);
      await client.receives(answer.length);
      self.reset();
    },
  },
  truncated('a body cut short by FIN', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this', 'fin'),
  truncated('a chunk cut short by FIN', `${CHUNKED_OK}64\r\nonly this`, 'fin'),
  truncated('a head cut short by FIN', 'HTTP/1.1 200 OK\r\nContent-Le', 'fin'),
  truncated('FIN before the answer', '', 'fin'),
  truncated('FIN between answers', OK, 'fin'),
  truncated('RST before the answer', '', 'reset'),
  truncated('RST in the head of an answer', 'HTTP/1.1 200 OK\r\nContent-Le', 'reset'),
  truncated('RST in the body of an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this', 'reset'),
  truncated('RST in a stream of events', `${CHUNKED_OK}1c\r\nevent: message_start\ndata: {}\r\n`, 'reset'),
  truncated('RST between answers', OK, 'reset'),
  leaving('the client resets before it said anything', '', '', 'reset'),
  leaving('the client resets in its head', 'POST / HTTP/1.1\r\nHo', '', 'reset'),
  leaving('the client resets in its body', `${post(100)}only this`, '', 'reset'),
  leaving('the client resets in a stream of events', GET, `${CHUNKED_OK}3\r\n: x\r\n`, 'reset'),
  leaving('the client resets between exchanges', GET, OK, 'reset'),
  leaving('the client ends before it said anything', '', '', 'fin'),
  leaving('the client ends in its body', `${post(100)}only this`, '', 'fin'),
  {
    name: 'a stream of events, cut anywhere, keeps its bytes',
    async client(self) {
      void self.send(GET);
      await self.ended;
      self.fin();
    },
    async server(self, client) {
      await self.receives(GET.length);
      const stream = `${CHUNKED_OK}14\r\ndata: {"a":"\xe2\x82\xac"}\n\n\r\n0\r\n\r\n`;
      for (let at = 0; at < stream.length; at += 1) {
        void self.send(stream.charAt(at));
        await client.receives(at + 1);
      }
      self.fin();
    },
  },
];

/** The server answers this much and ends or resets once it has arrived. */
function truncated(name: string, answer: string, how: 'fin' | 'reset'): IdentityCase {
  return {
    name,
    async client(self) {
      void self.send(GET);
      if ((await self.ended) === 'fin') self.fin();
    },
    async server(self, client) {
      await self.receives(GET.length);
      if (answer !== '') void self.send(answer);
      await client.receives(answer.length);
      if (how === 'fin') self.fin();
      else self.reset();
    },
  };
}

/** The client sends this much, reads the answer, and closes. */
function leaving(name: string, request: string, answer: string, how: 'fin' | 'reset'): IdentityCase {
  return {
    name,
    async client(self, server) {
      if (request !== '') void self.send(request);
      await Promise.all([server.receives(request.length), self.receives(answer.length)]);
      if (how === 'fin') self.fin();
      else self.reset();
    },
    async server(self) {
      await self.receives(request.length);
      if (answer !== '') void self.send(answer);
      if ((await self.ended) === 'fin') self.fin();
    },
  };
}
