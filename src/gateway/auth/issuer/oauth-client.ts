import {
  allowInsecureRequests,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  None,
} from 'oauth4webapi';
import type { Fetch } from './bounded-fetch.js';

export interface ClientSettings {
  client_id: string;
  client_secret?: string | undefined;
  client_auth: 'basic' | 'post';
}

/** One of our clients, as the functions of oauth4webapi expect it. */
export interface OAuthClient {
  client: Client;
  auth: ClientAuth;
  /** Insecure requests are allowed to http issuers: the configuration has them only on this machine. */
  optionsFor(address: string): { [customFetch]: (url: string, init: object) => Promise<Response> } & {
    [allowInsecureRequests]: boolean;
  };
}

export function oauthClient(settings: ClientSettings, fetch: Fetch): OAuthClient {
  const { client_id, client_secret, client_auth } = settings;
  return {
    client: { client_id },
    auth:
      client_secret === undefined
        ? None()
        : client_auth === 'post'
          ? ClientSecretPost(client_secret)
          : ClientSecretBasic(client_secret),
    optionsFor: (address) => ({
      [customFetch]: (url, init) => fetch(url, init as RequestInit),
      [allowInsecureRequests]: address.startsWith('http:'),
    }),
  };
}
