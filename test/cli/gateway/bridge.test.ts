import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/base/errors.js';
import { bridgeUrl } from '../../../src/cli/gateway/bridge.js';

const URL = 'http://127.0.0.1:9/mcp';

async function refusalOf(url: string, headers: readonly string[] = []): Promise<string> {
  const error: unknown = await bridgeUrl(url, headers).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UsageError);
  return error instanceof UsageError ? error.message : '';
}

describe('mcp bridge <url>', () => {
  it.each([
    ['another protocol', 'ftp://ann:zorblax@127.0.0.1/mcp', /http:\/\/… or https:\/\/…/],
    ['no URL', 'ann:zorblax@127.0.0.1/mcp', /http:\/\/… or https:\/\/…/],
    ['a password', 'http://ann:zorblax@127.0.0.1:9/mcp', /password.*--header "Authorization: …"/],
    ['a user', 'http://zorblax@127.0.0.1:9/mcp', /password.*--header "Authorization: …"/],
    ['a fragment', `${URL}#zorblax`, /fragment/],
  ])('refuses an address with %s in one sentence, without showing a secret', async (_what, url, expected) => {
    const message = await refusalOf(url);
    expect(message).toMatch(expected);
    expect(message).not.toMatch(/zorblax|\n|credentials/);
  });

  it.each([
    ['no name', 'zorblax', /"Name: value"/],
    ['a control character', 'x-key: zorb\u0001lax', /x-key/],
    ['a line end', 'x-key: a\nzorblax: b', /"Name: value"/],
    ['a character that HTTP has not', 'x-key: zorblax €', /x-key/],
  ])('refuses a header with %s in one sentence, without its value', async (_what, header, expected) => {
    const message = await refusalOf(URL, [header]);
    expect(message).toMatch(expected);
    expect(message).not.toMatch(/zorblax|\n/);
  });
});
