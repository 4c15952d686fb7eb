import type { ReceivedConnect, ScriptedApi } from '../../../src/scripted/scripted-api.js';

/** An `answerConnect` that lets only these credentials through and asks for them with a 407. */
export function askForCredentials(username: string, password: string): (connect: ReceivedConnect) => number {
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return ({ headers }) =>
    headers.some(([name, value]) => name.toLowerCase() === 'proxy-authorization' && value === expected) ? 200 : 407;
}

/** The proxy's URL as a user writes it into HTTPS_PROXY, with credentials. */
export function withCredentials(api: ScriptedApi, username: string, password: string): string {
  const url = new URL(api.proxyUrl);
  url.username = username;
  url.password = password;
  return url.href;
}
