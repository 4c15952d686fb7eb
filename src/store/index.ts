/** Storage: one SQLite file. Written by one store a process, asked through readers, by any number of processes. */
export { openDatabase } from './database.js';
export * from './errors.js';
export type { RequestFilter } from './filter.js';
export { openReader, type Reader } from './reader.js';
export type { ReplayFilter, ReplayPlan, StoredExchange } from './replay.js';
export type { CacheMissRow, RequestDetail, RequestRow, ShareRow } from './rows.js';
export type { Run } from './runs.js';
export type { SourceUse, SourceUses, ToolUse } from './source-uses.js';
export type { StoreStatus } from './status.js';
export { openStore, type Store } from './store.js';
export { createWriteQueue, type StoreProblem, type WriteQueueOptions } from './write-queue.js';
