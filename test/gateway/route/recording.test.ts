import { expect, it } from 'vitest';
import { recordRequest } from '../../../src/gateway/route/recording.js';
import { newUlid } from '../../../src/model/ids.js';
import type { HttpEvent } from '../../../src/wire/index.js';

it('secrets are told before the body, once, and never of a request that has ended', () => {
  const events: HttpEvent[] = [];
  const request = { id: newUlid(), method: 'POST', path: '/mcp/a', body: Buffer.from('{}'), at: 1 } as const;
  const address = { host: 'localhost', port: 1, scheme: 'http' } as const;
  const further = [['x-auth-token', 'of the client']] as const;
  const recording = recordRequest(request, [], further, address, (event) => events.push(event), []);
  const typesOf = () => events.map(({ type }) => type);
  expect(typesOf()).toEqual(['request_head', 'request_secrets', 'request_body', 'request_end']);
  for (const _ of [1, 2]) recording.secrets([['authorization', 'Bearer in time']]);
  recording.settle('client_gone');
  const before = typesOf();
  expect(before).toEqual([...before.slice(0, 4), 'request_secrets', 'settled']);
  recording.secrets([['authorization', 'Bearer too late']]);
  expect(typesOf()).toEqual(before);
});
