import { describe, expect, it, onTestFinished } from 'vitest';
import { answers, client, clientEvents, message } from '../support/product/client.js';
import { newSandbox, notices } from '../support/product.js';
import { say, startScriptedApi } from '../support/scripted-api.js';

describe('a host that is not read', () => {
  it.each(['registry.example.com', 'evilanthropic.com', 'api.anthropic.com.example.com', 'claude.ai.example.com'])(
    '%s shows its own certificate, and nothing of what is said is stored',
    async (host) => {
      const sandbox = await newSandbox();
      const api = await startScriptedApi({ script: say('Hello.') });
      onTestFinished(() => api.close());
      const command = client({ host, requests: [{ body: message('zorblax-private') }] });
      const ended = await sandbox.run(['wrap', '--', ...command], { env: await sandbox.behind(api) });
      expect(answers(ended)).toHaveLength(1);
      expect(api.received.map(({ body }) => body.toString())).toEqual([message('zorblax-private')]);
      expect(clientEvents(ended.stdout)[1]).toMatchObject({
        event: 'tls',
        issuer: expect.stringContaining('scripted API'),
      });
      expect(notices(ended)).toEqual([expect.stringMatching(/^No requests were seen: /)]);
      expect(sandbox.stored()).toEqual([]);
      expect((await sandbox.bytesBelow(sandbox.dataDir)).includes('zorblax-private')).toBe(false);
    },
  );

  it.each(['api.anthropic.com', 'statsig.anthropic.com', 'claude.ai', 'API.Anthropic.Com'])(
    'is not %s: that is read, by a certificate of ours',
    async (host) => {
      const sandbox = await newSandbox();
      const api = await startScriptedApi({ script: say('Hello.') });
      onTestFinished(() => api.close());
      const command = client({ host, requests: [{ body: message('hello') }] });
      const ended = await sandbox.run(['wrap', '--', ...command], { env: await sandbox.behind(api) });
      expect(clientEvents(ended.stdout)[1]).toMatchObject({
        event: 'tls',
        issuer: expect.not.stringContaining('scripted API'),
      });
      expect(sandbox.stored()).toHaveLength(1);
    },
  );

  it('can be made one that is: by the configuration, or by ANTHROPIC_BASE_URL', async () => {
    const sandbox = await newSandbox();
    const api = await startScriptedApi({ script: say('Hello.') });
    onTestFinished(() => api.close());
    const env = { ...(await sandbox.behind(api)), ANTHROPIC_BASE_URL: 'https://gateway.example.com/claude' };
    await sandbox.configure({ intercept_hosts: ['*.corp.example.com'] });
    for (const host of ['gateway.example.com', 'llm.corp.example.com', 'api.anthropic.com']) {
      await sandbox.run(['wrap', '--', ...client({ host, requests: [{ body: message(host) }] })], { env });
    }
    expect(sandbox.stored().map(({ row }) => row.host)).toEqual(['gateway.example.com', 'llm.corp.example.com']);
  });
});
