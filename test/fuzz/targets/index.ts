import type { FuzzTarget } from '../target.js';
import { commandLines } from './arguments.js';
import { segments, segmentsTime } from './attribution.js';
import { capture } from './capture.js';
import { config } from './config.js';
import { decoders } from './content.js';
import { database } from './database.js';
import { http1, http1AsNode } from './http1.js';
import { http2, http2AsNode } from './http2.js';
import { jsonBytes, jsonRpc } from './json-rpc.js';
import { ruleFiles, rulesTime } from './rules.js';
import { sse } from './sse.js';
import { shadowcat, tapes } from './tapes.js';

export const TARGETS: readonly FuzzTarget[] = [
  ...[http1, http1AsNode, http2, http2AsNode, sse, decoders],
  ...[jsonRpc, jsonBytes, tapes, shadowcat],
  ...[capture, segments, segmentsTime, ruleFiles, rulesTime],
  ...[config, commandLines, database],
];
