import { blindTunnel } from './blind-tunnel.js';
import { claudeTrace } from './claude-trace.js';
import type { Contestant } from './contestant.js';
import { direct } from './direct.js';
import { peer } from './peer.js';

/** The two that others are compared with, and the one that this is about. */
export const DIRECT = direct.name;
export const BLIND_TUNNEL = blindTunnel.name;
export const CLAUDE_TRACE = claudeTrace.name;

/** In the order of the table. */
export const CONTESTANTS: readonly Contestant[] = [
  direct,
  blindTunnel,
  claudeTrace,
  peer('mockttp'),
  peer('http-mitm-proxy'),
];
