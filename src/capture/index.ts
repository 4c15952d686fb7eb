/**
 * Capture, in two halves that run on different threads and meet in `WireEvent`:
 * `observe` reads HTTP out of the proxy's bytes; `createRecorder` makes exchanges of what it saw, free of secrets.
 */
export { decodeContent, encodingsOf } from './content-decoding.js';
export type { Decoded } from './decoded.js';
export { observe } from './observe.js';
export { DEFAULT_OBSERVER_LIMITS, type ObserverLimits } from './observer-limits.js';
export { createRecorder, type Recorder, type RecorderOptions } from './recorder.js';
export { createRedactor, type Redactor } from './redactor.js';
export type { EmitWireEvent, WireEvent } from './wire-event.js';
