import type { FuzzTarget } from '../target.js';
import { decoders } from './content.js';
import { http1, http1AsNode } from './http1.js';
import { http2, http2AsNode } from './http2.js';
import { jsonBytes, jsonRpc } from './json-rpc.js';
import { sse } from './sse.js';

export const TARGETS: readonly FuzzTarget[] = [
  http1,
  http1AsNode,
  http2,
  http2AsNode,
  sse,
  decoders,
  jsonRpc,
  jsonBytes,
];
