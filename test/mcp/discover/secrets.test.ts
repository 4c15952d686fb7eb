import { describe, expect, it } from 'vitest';
import { secretsIn, secretVariables } from '../../../src/mcp/discover/secrets.js';

const SECRET = 'zorblax-0123456789';

const ofArguments = (...args: string[]) => secretsIn({ env: [], headers: [], args, url: null });

describe('a credential in the arguments of a server is found', () => {
  it.each([
    [['--api-key', SECRET]],
    [[`--api-key=${SECRET}`]],
    [['-e', `API_TOKEN=${SECRET}`]],
    [['-H', `Authorization: Bearer ${SECRET}`]],
    [['-H', `Authorization:Bearer ${SECRET}`]],
    [[`-HAuthorization: Bearer ${SECRET}`]],
    [['-H', `Proxy-Authorization: Bearer ${SECRET}`]],
    [['-H', `Cookie: ${SECRET}`]],
    [['--header', `Authorization: Bearer ${SECRET}`]],
    [[`--header=Authorization: Bearer ${SECRET}`]],
    [['--header', `X-Api-Key: ${SECRET}`]],
    [['--headers', 'Authorization', `Bearer ${SECRET}`]],
    [['--headers', 'X-Tenant', SECRET]],
    [['--header', SECRET]],
    [['--authorization', `Bearer ${SECRET}`]],
    [[`https://me:${SECRET}@host/path`]],
    [[`--url=https://me:${SECRET}@host`]],
    [[`--url=https://host/?token=${SECRET}`]],
    [[`jdbc:postgresql://host/data?user=me&password=${SECRET}`]],
    [[`jdbc:sqlserver://host;user=me;password=${SECRET};encrypt=true`]],
    [['-e', `STORE=redis://:${SECRET}@host:6379/0`]],
    [['--dsn', `mongodb+srv://me:${SECRET}@host/data`]],
    [[`--dsn=mongodb://me:${SECRET}@one:27017,two:27017/data`]],
    [['--dsn', `me:${SECRET}@tcp(host:3306)/data?parseTime=true`]],
    [[`--dsn=me:${SECRET}@unix(/run/mysql.sock)/data`]],
    [[`Server=host;User Id=me;Password=${SECRET};`]],
    [[`host=localhost password=${SECRET} user=me`]],
    [['--config', JSON.stringify({ apiKey: SECRET, region: 'eu' })]],
    [[`--config=${JSON.stringify({ apiKey: SECRET })}`]],
    [['-e', `OPTIONS=[${JSON.stringify({ apiKey: SECRET })}]`]],
    [['--config', JSON.stringify({ headers: { Authorization: `Bearer ${SECRET}` } })]],
  ])('%j', (args) => {
    expect(ofArguments(...args)).toContain(SECRET);
  });

  it.each(['zorblax/0123456789', 'zorblax?01234#56789', 'zorblax@0123456789', '/zorblax:0123456789'])(
    'with a password that should be encoded, and is not: %s',
    (password) => {
      expect(ofArguments('--dsn', `postgres://me:${password}@host:5432/data`)).toContain(password);
    },
  );

  it('with its password decoded, as programs use it', () => {
    expect(ofArguments('--url=https://me:zorblax%2F0123456789@host')).toContain('zorblax/0123456789');
  });
});

describe('what is no credential is left', () => {
  it.each([
    [['--author', 'Somebody Or Other']],
    [['--authority=certificates.example']],
    [['-H', 'localhost-of-mine']],
    [['--url=https://host.example/path/of/some/length']],
    [['--registry=http://localhost:4873/@scope/packages']],
    [['http://[::1]:4873/some/where/@scope']],
    [['--url=https://host.example/users/somebody:else@host.example']],
    [['--region', 'somewhere-in-the-world']],
    [['Server=host-of-mine.example;Database=production']],
  ])('%j', (args) => {
    expect(ofArguments(...args)).toEqual([]);
  });

  it('such as the name of a header', () => {
    expect(ofArguments('--headers', 'Authorization', `Bearer ${SECRET}`)).not.toContain('Authorization');
  });
});

describe('variables of an environment', () => {
  it('are taken by their names, and for a password in a URL', () => {
    const secret = { AUTHORIZATION: SECRET, MY_TOKEN: SECRET, DATABASE_URL: `postgres://me:${SECRET}@host/data` };
    const others = { HOME: '/home/somebody', AUTHOR: 'Somebody Or Other', PAGE: 'https://me@host.example/?a=b' };
    expect(secretVariables({ ...secret, ...others })).toEqual(secret);
  });

  it('have secrets within their values', () => {
    const value = `Server=host;Password=${SECRET};`;
    expect(secretsIn({ env: [['CONNECTION', value]], headers: [], args: [], url: null })).toEqual([value, SECRET]);
  });
});
