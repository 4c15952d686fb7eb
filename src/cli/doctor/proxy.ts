import { connect } from 'node:net';
import { describeError } from '../../base/error-text.js';
import { createAuthority, createCredentials, startProxy } from '../../proxy/index.js';
import type { Config } from '../../settings/config.js';
import { type Finding, ok, problem } from './finding.js';

const WHAT = 'proxy';
const TIMEOUT_MS = 5_000;

/** Starts a proxy as `wrap` does and connects to it without credentials: it must listen and refuse. */
export async function checkProxy(config: Pick<Config, 'intercept_hosts'>): Promise<Finding> {
  try {
    const proxy = await startProxy({
      authority: createAuthority(config.intercept_hosts),
      interceptHosts: config.intercept_hosts,
      credentials: createCredentials(),
      upstream: { proxies: { https: null, http: null }, noProxy: '', ca: [] },
      openObserver: () => null,
      onFact: () => {},
    });
    try {
      const answer = await answerWithoutCredentials(proxy.port);
      if (answer.startsWith('HTTP/1.1 407')) return ok(WHAT, 'listens on 127.0.0.1 and asks for credentials');
      return problem(WHAT, `answered "${answer.split('\r\n', 1)[0]}" without credentials, not 407`);
    } finally {
      await proxy.close();
    }
  } catch (error) {
    return problem(WHAT, `cannot run on 127.0.0.1: ${describeError(error)}`);
  }
}

function answerWithoutCredentials(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('CONNECT claude.invalid:443 HTTP/1.1\r\n\r\n'));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.once('data', (data) => {
      resolve(data.toString('latin1'));
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('end', () => reject(new Error('closed without an answer')));
  });
}
